/** Paths and names as templates, each with the reason for its form. */
import assert from "node:assert/strict";
import { domainSuffix, nameTemplate, pathTemplate } from "../../../src/process/fingerprint/mod.ts";
import { seeded } from "../../tools/random.ts";

const PATHS: readonly (readonly [path: string, template: string, reason: string])[] = [
  ["/", "/", "the root"],
  ["", "", "no path"],
  ["*", "*", "the asterisk form"],
  ["/users", "/users", "words stay"],
  ["/users/", "/users/", "a slash at the end tells another resource"],
  ["/users/42", "/users/{id}", "a number"],
  ["/users/42/orders/7", "/users/{id}/orders/{id}", "several numbers"],
  ["/users/0", "/users/{id}", "zero is a number"],
  ["/users/-1", "/users/{id}", "with a sign"],
  ["/items/3.50", "/items/{id}", "with a fraction"],
  ["/at/40.7128,-74.0060", "/at/{id}", "coordinates"],
  ["/img/640x480", "/img/{id}", "a size"],
  ["/api/v1/users", "/api/v1/users", "a version is no id"],
  ["/api/v12/users", "/api/v12/users", "a version of two digits"],
  ["/api/v1.2.3/x", "/api/v1.2.3/x", "a version with points"],
  ["/api/v1beta2/x", "/api/v1beta2/x", "as Kubernetes names them"],
  ["/api/v2-rc1/x", "/api/v2-rc1/x", "a version before its release"],
  ["/a/123e4567-e89b-12d3-a456-426614174000", "/a/{id}", "a UUID"],
  ["/a/123E4567-E89B-12D3-A456-426614174000/b", "/a/{id}/b", "a UUID in capitals"],
  ["/a/{123e4567-e89b-12d3-a456-426614174000}", "/a/{id}", "a UUID in braces"],
  ["/doc/123e4567-e89b-12d3-a456-426614174000.pdf", "/doc/{id}.pdf", "a UUID with a file type"],
  ["/commit/5f3a9c1e", "/commit/{id}", "a short hash"],
  ["/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/commit/{id}", "SHA-1"],
  ["/blob/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "/blob/{id}", "longer than 64"],
  ["/tx/0x9f8e7d6c5b4a3f2e", "/tx/{id}", "hexadecimal with its prefix"],
  ["/word/decade", "/word/decade", "letters of hexadecimal make words"],
  ["/word/feedface", "/word/feedface", "a hash has a digit"],
  ["/cafe1", "/cafe1", "too short for a hash"],
  ["/2024-01-31", "/{id}", "a date"],
  ["/2024/01/31/news", "/{id}/{id}/{id}/news", "a date in parts"],
  ["/20240131", "/{id}", "a date without hyphens"],
  ["/log/2024-01-31T10:20:30Z", "/log/{id}", "a date with its time"],
  ["/log/app-2024-01-31.log", "/log/app-{id}-{id}-{id}.log", "a date in a name"],
  ["/order-12345", "/order-{id}", "a number behind a word"],
  ["/orders/ORD_2291_A", "/orders/ORD_{id}_A", "a number between words"],
  ["/page2", "/page2", "a digit that belongs to a word"],
  ["/s3/bucket", "/s3/bucket", "likewise"],
  ["/oauth2/token", "/oauth2/token", "likewise"],
  ["/h264/mp4", "/h264/mp4", "likewise"],
  ["/watch/dQw4w9WgXcQ", "/watch/{id}", "random: letters and digits change often"],
  ["/k/a8Kd92Lq", "/k/{id}", "random, short"],
  ["/u/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/u/{id}", "a ULID"],
  ["/s/dGhpcyBpcyBhIHRlc3Q5OTk4", "/s/{id}", "base64"],
  ["/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN", "/t/{id}", "a JWT"],
  ["/t/abcdefghijklmnopqrstuvwxyzabcdefghijkl", "/t/{id}", "a part longer than 32"],
  ["/users/bob@example.com", "/users/{id}", "an address tells a person"],
  ["/static/main.3f2a1b9c.js", "/static/main.{id}.js", "the hash of a build"],
  ["/static/app-5d41402abc4b2a76b9719d911017c592.css", "/static/app-{id}.css", "likewise, longer"],
  ["/static/jquery.min.js", "/static/jquery.min.js", "a file"],
  ["/img/8f3a9c21.png", "/img/{id}.png", "a hash with a file type"],
  ["/img/17.jpg", "/img/{id}.jpg", "a number with a file type"],
  ["/ip/10.0.0.1", "/ip/{id}", "an address: all parts are numbers"],
  ["/a;jsessionid=1A2B/b", "/a/b", "matrix parameters are no path"],
  ["/a;b/c", "/a;b/c", "a semicolon alone is"],
  ["/my-long-title-of-a-page", "/my-long-title-of-a-page", "words with hyphens"],
  ["/best-of-2024-edition", "/best-of-{id}-edition", "a year among words"],
  ["/Größe/7", "/Größe/{id}", "letters beyond ASCII stay"],
  ["//double//slash", "//double//slash", "empty segments stay"],
  ["/a/b/c/d/e/f/g/h/i/j/k/l", "/a/b/c/d/e/f/g/h/i/j/k/l", "twelve segments"],
  ["/a/b/c/d/e/f/g/h/i/j/k/l/m/n", "/a/b/c/d/e/f/g/h/i/j/k/l/…", "what is deeper is left out"],
  [
    "/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0",
    "/.well-known/acme-challenge/{id}",
    "a token",
  ],
  ["/wp-login.php", "/wp-login.php", "a script"],
];

Deno.test("paths become templates", () => {
  assert.ok(PATHS.length >= 60);
  for (const [path, template, reason] of PATHS) assert.equal(pathTemplate(path), template, `${path}: ${reason}`);
});

Deno.test("a template is its own template, so that nothing changes when it is made twice", () => {
  for (const [, template] of PATHS) assert.equal(pathTemplate(template), template);
});

Deno.test("names of queues and topics are templates too", () => {
  assert.equal(nameTemplate("orders"), "orders");
  assert.equal(nameTemplate("orders.v2"), "orders.v2");
  assert.equal(nameTemplate("reply-7f9c2ba4e88f827d61604550760585"), "reply-{id}");
});

Deno.test("a domain's suffix is what somebody registered", () => {
  const table = {
    "example.com": "example.com",
    "api.eu.Example.COM.": "example.com",
    "www.bbc.co.uk": "bbc.co.uk",
    "co.uk": "co.uk",
    "shop.de": "shop.de",
    "a.b.shop.de": "shop.de",
    "7.0.0.10.in-addr.arpa": "in-addr.arpa",
    "orders.default.svc.cluster.local": "cluster.local",
    "localhost": "localhost",
    "": "",
  };
  for (const [name, suffix] of Object.entries(table)) assert.equal(domainSuffix(name), suffix);
});

Deno.test("any text has a template, in time linear to it", () => {
  const random = seeded(7);
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: random() * 60 }, () => String.fromCharCode(random() * 300)).join("");
    pathTemplate(text);
    domainSuffix(text);
  }
  pathTemplate("/" + "-".repeat(1e6));
  pathTemplate("/1".repeat(1e6));
  domainSuffix("a.".repeat(1e6));
});
