/** Names by RFC 1035 section 4.1.4, and what a hostile sender makes of them. */
import assert from "node:assert/strict";
import { nameEnd, nameText } from "../../../src/protocols/dns/name.ts";
import { concat, hex, name, pointer, strings } from "./wire.ts";

const header = new Uint8Array(12);

/** The text of the name at `at` of a message with this behind its header, and the position behind it. */
function read(body: Uint8Array, at = 12, before = 5): [string, number] {
  const bytes = concat(new Uint8Array(before), header, body);
  const end = nameEnd(bytes, before, before + at, bytes.length);
  return [nameText(bytes, before, before + at, bytes.length), end < 0 ? -1 : end - before];
}

Deno.test("the example of RFC 1035 section 4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root", () => {
  const body = concat(
    hex("01 46 03 495349 04 41525041 00"), // F.ISI.ARPA at 12
    strings("FOO"),
    pointer(12), // FOO.F.ISI.ARPA at 24
    pointer(18), // ARPA at 30
    hex("00"), // the root at 32
  );
  assert.deepEqual(read(body, 12), ["F.ISI.ARPA.", 24]);
  assert.deepEqual(read(body, 24), ["FOO.F.ISI.ARPA.", 30]);
  assert.deepEqual(read(body, 30), ["ARPA.", 32]);
  assert.deepEqual(read(body, 32), [".", 33]);
});

Deno.test("octets that are not printable, dots and backslashes are written as in a master file (section 5.1)", () => {
  assert.equal(read(concat(strings("a.b\\c d\x00\xff"), hex("00")))[0], "a.b\\\\c\\032d\\000\\255.");
});

Deno.test("a name of 255 octets is the longest", () => {
  const label = strings("x".repeat(63));
  const longest = concat(label, label, label, strings("x".repeat(61)), hex("00"));
  assert.equal(read(longest)[1], 12 + 255);
  assert.equal(read(concat(label, label, label, strings("x".repeat(62)), hex("00")))[1], -1);
  const escaped = strings("\x00".repeat(63));
  assert.equal(read(concat(escaped, escaped, escaped, strings("\x00".repeat(61)), hex("00")))[0].length, 250 * 4 + 4);
});

Deno.test("pointers that loop, lead forward or into the header are refused", () => {
  const refused: [string, Uint8Array][] = [
    ["to itself", pointer(12)],
    ["to its own run", concat(strings("a"), pointer(12))],
    ["forward", concat(pointer(14), name("a."))],
    ["into the header", pointer(4)],
    ["two that point at each other", concat(pointer(14), pointer(12))],
    ["cut after its first byte", hex("c0")],
  ];
  for (const [why, body] of refused) assert.deepEqual(read(body), ["", -1], why);
});

Deno.test("a chain of pointers is followed no further than a name can need", () => {
  const chain = (links: number) => {
    const parts = [name("a.")];
    for (let i = 0; i < links; i++) parts.push(pointer(i === 0 ? 12 : 13 + 2 * i));
    return concat(...parts);
  };
  assert.deepEqual(read(chain(127), 15 + 2 * 126), ["a.", 15 + 2 * 127]);
  assert.equal(read(chain(128), 15 + 2 * 127)[1], -1);
});

Deno.test("reserved label types and names that are not all there are refused", () => {
  for (const body of ["40 01 00", "80 01 00", "05 6162", "03 616263", ""]) assert.deepEqual(read(hex(body)), ["", -1]);
});
