import assert from "node:assert/strict";
import { canonicalAddress, ipText } from "../../src/core/address.ts";

function v6(...groups: number[]): string {
  const bytes = new Uint8Array(16);
  groups.forEach((group, i) => new DataView(bytes.buffer).setUint16(2 * i, group));
  return ipText(bytes, 0, 16);
}

Deno.test("addresses read as RFC 5952 wants them", () => {
  assert.equal(ipText(new Uint8Array([10, 0, 0, 255]), 0, 4), "10.0.0.255");
  assert.equal(v6(0, 0, 0, 0, 0, 0, 0, 0), "::");
  assert.equal(v6(0, 0, 0, 0, 0, 0, 0, 1), "::1");
  assert.equal(v6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), "2001:db8::1");
  assert.equal(v6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), "2001:db8:0:1:1:1:1:1", "one zero group is not shortened");
  assert.equal(v6(0x2001, 0, 0, 1, 0, 0, 0, 1), "2001:0:0:1::1", "the longest run");
  assert.equal(v6(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), "2001:db8::1:0:0:1", "the first of equals");
  assert.equal(v6(0xfe80, 0, 0, 0, 0, 0, 0, 0), "fe80::");
  assert.equal(v6(0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x0001), "10.0.0.1");
});

Deno.test("addresses that people write get the same form", () => {
  const table: [string, string | undefined][] = [
    ["10.0.0.7", "10.0.0.7"],
    ["255.255.255.255", "255.255.255.255"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["::", "::"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["10.0.0.256", undefined],
    ["10.0.0", undefined],
    ["10.0.0.7.", undefined],
    ["10.0.0.7.1", undefined],
    ["web1", undefined],
    ["", undefined],
    ["::g", undefined],
    ["::1]:80/[", undefined],
    ["::ffff:10.0.0.256", undefined],
  ];
  for (const [text, expected] of table) assert.equal(canonicalAddress(text), expected, text);
});
