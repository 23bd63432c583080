/** What expressions mean. */
import assert from "node:assert/strict";
import type { RoundTrip } from "../../src/core/roundtrip.ts";
import { fieldsOf } from "../../src/query/fields.ts";
import { compileExpression, expressionHelp } from "../../src/query/mod.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { accepted, visitAllCases } from "./round_trips.ts";

function means(table: Readonly<Record<string, string>>): void {
  for (const [expression, expected] of Object.entries(table)) assert.equal(accepted(expression), expected, expression);
}

Deno.test("names alone, and, or, not, parentheses", () => {
  means({
    "http": "GET POST DELETE",
    "dns": "",
    "answered": "GET POST",
    "not answered": "DELETE",
    "failed": "POST",
    "error": "POST",
    "not not failed": "POST",
    "http and not failed": "GET DELETE",
    "dns or failed": "POST",
    "failed or http and dns": "POST",
    "(failed or http) and dns": "",
    "not failed and answered": "GET",
    "not (failed and answered)": "GET DELETE",
  });
});

Deno.test("numbers compare as numbers, with their units", () => {
  means({
    "status >= 500": "POST",
    "status = 200": "GET",
    "status = 200.0": "GET",
    'status = "200"': "GET",
    'status = "200.0"': "",
    "status != 200": "POST",
    "status<1000": "GET POST",
    "response.status_code > 200": "POST",
    "duration > 50ms": "POST",
    "duration = 1ms": "GET",
    "duration != 1000us": "POST",
    "duration <= 0.1s": "GET POST",
    "response.size >= 1.5kB": "GET",
    "response.size < 1500": "POST",
    "response.size > 1KiB": "GET",
    "request.size = 4B": "POST",
    "request.size != 4": "GET DELETE",
    "server.port = 80 and client.port > 1024": "GET POST DELETE",
    "method > 5": "",
  });
});

Deno.test("text is compared, matched, and chosen from a list", () => {
  means({
    "method = GET": "GET",
    "request.method != GET": "POST DELETE",
    'path = "/api/1"': "GET",
    "path=/api/1": "GET",
    "path = '/a(b)'": "DELETE",
    'path ~ "^/api/\\d$"': "GET POST",
    "path !~ ^/api": "DELETE",
    "method ~ '(?i)^(get|post)$'": "GET POST",
    "method in (GET, DELETE)": "GET DELETE",
    "status in (503)": "POST",
    "not status in (200, 503)": "DELETE",
    "duration in (1ms, 100ms)": "GET POST",
    "protocol in (http, dns)": "GET POST DELETE",
    "protocol != http": "",
    'result ~ "^503 Service"': "POST",
    'asked = "POST /api/2"': "POST",
    "text ~ api": "GET POST",
    "remote_host = shop": "GET POST DELETE",
  });
});

Deno.test("endpoints are compared by address, or by address and port", () => {
  means({
    "server = 10.0.0.2": "GET POST DELETE",
    "server = 10.0.0.2:80": "GET POST DELETE",
    "server = 10.0.0.2:81": "",
    "server != 10.0.0.2:81": "GET POST DELETE",
    "client = 10.0.0.2": "",
    "client in (10.0.0.9, 10.0.0.1:40000)": "GET POST DELETE",
    "client = [2001:db8::1]:40000": "",
    "client = 2001:db8::1": "",
    "client.host = 10.0.0.1": "GET POST DELETE",
    "client.host ~ ^10": "GET POST DELETE",
    "server ~ ':80$'": "GET POST DELETE",
  });
});

Deno.test("what a round trip does not have makes a comparison false, whichever it is", () => {
  means({
    "question = example.com": "",
    "question != example.com": "",
    "question !~ x": "",
    "not question = example.com": "GET POST DELETE",
    "status = 200 or status != 200": "GET POST",
    "duration >= 0s": "GET POST",
    "response.size != 7": "GET POST",
  });
});

Deno.test("secrets cannot be asked for", () => {
  means({ "asked ~ s3cret": "", "asked ~ 'token=[*]+'": "GET" });
});

Deno.test("labels go by their selector, by their name, and by the selector's last part", async () => {
  const commands = ["request.command", "command", "service"].map((name) =>
    compileExpression(`mongodb and ${name} = find`, protocols)
  );
  let found = 0;
  await visitAllCases((roundTrip) => {
    const [first, ...others] = commands.map((accepts) => accepts(roundTrip));
    for (const other of others) assert.equal(other, first);
    if (first) found++;
  });
  assert.ok(found > 0);
});

Deno.test("every name can be asked of every recorded round trip, and of requests without their response", async () => {
  const fields = [...fieldsOf(protocols)];
  const predicates = fields.flatMap(([name, { kind }]) => {
    if (kind === "flag") return [name];
    if (kind === "number") return [`${name} >= 0${name === "duration" ? "s" : ""}`];
    return [`${name} ~ ^`, `${name} !~ x`, ...(kind === "text" ? [`${name} < 5`] : [])];
  }).map((text) => compileExpression(text, protocols));
  const seen = new Set<string>();
  const ask = (roundTrip: RoundTrip) => {
    for (const accepts of predicates) accepts(roundTrip);
  };
  await visitAllCases((roundTrip) => {
    seen.add(roundTrip.protocol.name);
    ask(roundTrip);
    if (!roundTrip.answered) return;
    roundTrip.answered = false;
    ask(roundTrip);
    roundTrip.answered = true;
  });
  assert.equal(seen.size, protocols.length);
});

Deno.test("no name of a protocol, of a label and of the language is the same; the help has them all", () => {
  const help = expressionHelp(protocols);
  for (const [name] of fieldsOf(protocols)) assert.match(help, new RegExp(`\\b${name.replace(".", "\\.")}\\b`), name);
  const labels = new Set(protocols.flatMap(({ labels }) => Object.values(labels).map(({ name }) => name)));
  for (const { name } of protocols) assert.ok(!labels.has(name), name);
  for (const name of ["answered", "failed", "client", "server", "duration", "asked", "result", "status"]) {
    assert.ok(!labels.has(name), name);
  }
});
