import assert from "node:assert/strict";
import { isSecretHeader, maskTarget, mayHoldSecretParameter } from "../../src/core/secrets.ts";

Deno.test("secret query values are masked, others are not", () => {
  const cases: [string, string][] = [
    ["/a", "/a"],
    ["/a?x=1&y=2", "/a?x=1&y=2"],
    ["/a?access_token=abc&x=1", "/a?access_token=***&x=1"],
    ["/a?X=1&API_KEY=abc", "/a?X=1&API_KEY=***"],
    ["/a?%61pi_key=abc", "/a?%61pi_key=***"],
    ["/a?password=", "/a?password="],
    ["/a?signature=a=b", "/a?signature=***"],
    ["/a?password=%zz&q", "/a?password=***&q"],
    ["/a?b&c&Sig=1", "/a?b&c&Sig=***"],
    ["/a?to\u212aen=1", "/a?to\u212aen=***"],
    ["/a?=1&x-amz-security-token=1", "/a?=1&x-amz-security-token=***"],
    ["http://user:pass@host/a?b", "http://user:***@host/a?b"],
    ["http://host/a@b:c", "http://host/a@b:c"],
  ];
  for (const [target, masked] of cases) {
    assert.equal(maskTarget(target), masked);
    const bytes = new TextEncoder().encode(target);
    if (target.startsWith("/") && masked !== target) assert.ok(mayHoldSecretParameter(bytes, 0, bytes.length), target);
  }
  const harmless = new TextEncoder().encode("/products?page=2&ref=home&q=token");
  assert.ok(!mayHoldSecretParameter(harmless, 0, harmless.length));
});

Deno.test("header names are compared without regard to case", () => {
  for (const name of ["Authorization", "COOKIE", "set-cookie", "X-Api-Key", "Proxy-Authorization"]) {
    assert.ok(isSecretHeader(name), name);
  }
  assert.ok(!isSecretHeader("Accept"));
});
