/** Captures made by hand after draft-ietf-opsawg-pcapng, sections 3 (blocks) and 4 (their kinds). */
import assert from "node:assert/strict";
import { Blocks, BOTH_ORDERS } from "./blocks.ts";
import { concat, payload, readCapture } from "./collect.ts";

const LITTLE = new Blocks(true);
const RESOLUTION = 9;
const OFFSET = 14;
const NOW_US = 1_700_000_000_123_456n;

for (const blocks of BOTH_ORDERS) {
  const name = blocks.little ? "little-endian" : "big-endian";

  Deno.test(`${name} enhanced, obsolete and simple packets`, async () => {
    const file = concat(
      blocks.section(),
      blocks.interface(1, 40),
      blocks.enhanced(0, NOW_US, payload(33), 900, blocks.option(1, [...payload(5)])),
      blocks.packet(0, NOW_US + 1n, payload(21, 1), 22),
      blocks.simple(payload(17, 2)),
      blocks.simple(payload(40, 3), 1500),
    );
    const time = { sec: 1_700_000_000, linkType: 1 };
    assert.deepEqual(await readCapture(file), {
      packets: [
        { ...time, bytes: [...payload(33)], wireLength: 900, nsec: 123_456_000 },
        { ...time, bytes: [...payload(21, 1)], wireLength: 22, nsec: 123_457_000 },
        // Simple packets carry no time: they get that of the packet before them.
        { ...time, bytes: [...payload(17, 2)], wireLength: 17, nsec: 123_457_000 },
        { ...time, bytes: [...payload(40, 3)], wireLength: 1500, nsec: 123_457_000 },
      ],
      notes: [],
    });
  });

  Deno.test(`${name} blocks of other kinds are skipped`, async () => {
    const file = concat(
      blocks.section(),
      blocks.block(4, blocks.padded([0, 0, 0, 0])), // name resolution
      blocks.interface(1),
      blocks.block(10, [...payload(40)]), // decryption secrets
      blocks.block(0x0bad, [...payload(4)]), // custom
      blocks.block(0x8000_1234, []), // local use, empty
      blocks.enhanced(0, NOW_US, payload(8)),
      blocks.block(5, [...payload(24)]), // interface statistics
    );
    const { packets, notes } = await readCapture(file);
    assert.equal(packets.length, 1);
    assert.deepEqual(notes, []);
  });
}

Deno.test("each section has its own byte order and its own interfaces", async () => {
  const file = concat(...[LITTLE, new Blocks(false), LITTLE].map((blocks, i) =>
    concat(
      blocks.section(),
      blocks.interface(100 + i),
      blocks.interface(200 + i, 0, blocks.option(RESOLUTION, [9])),
      blocks.enhanced(1, NOW_US * 1000n + 7n, payload(9, i)),
      blocks.enhanced(0, NOW_US, payload(10, i)),
    )
  ));
  const { packets, notes } = await readCapture(file);
  assert.deepEqual(notes, []);
  assert.deepEqual(
    packets.map(({ linkType, bytes, sec, nsec }) => [linkType, bytes.length, sec, nsec]),
    [0, 1, 2].flatMap((i) => [
      [200 + i, 9, 1_700_000_000, 123_456_007],
      [100 + i, 10, 1_700_000_000, 123_456_000],
    ]),
  );
});

/** Time of one packet of an interface with these options. */
async function timeOf(units: bigint, options: number[]): Promise<[number, number]> {
  const file = concat(LITTLE.section(), LITTLE.interface(1, 0, options), LITTLE.enhanced(0, units, payload(1)));
  const [{ sec, nsec }] = (await readCapture(file)).packets;
  return [sec, nsec];
}

Deno.test("if_tsresol: any power of ten or two, exact to the nanosecond", async () => {
  const resolution = (value: number) => LITTLE.option(RESOLUTION, [value]);
  assert.deepEqual(await timeOf(1_700_000_000_999_999n, resolution(6)), [1_700_000_000, 999_999_000]);
  assert.deepEqual(await timeOf(1_700_000_000_999_999_999n, resolution(9)), [1_700_000_000, 999_999_999]);
  assert.deepEqual(await timeOf(1_700_000_000n, resolution(0)), [1_700_000_000, 0]);
  assert.deepEqual(await timeOf(17_000_000_009n, resolution(1)), [1_700_000_000, 900_000_000]);
  assert.deepEqual(await timeOf(1_700_000_000_001n, resolution(3)), [1_700_000_000, 1_000_000]);
  assert.deepEqual(await timeOf(17_000_000_001_234_567_891n, resolution(10)), [1_700_000_000, 123_456_789]);
  assert.deepEqual(await timeOf(1_999_999_999_999n, resolution(12)), [1, 999_999_999]);
  assert.deepEqual(await timeOf((1_700_000_000n << 32n) | 0x8000_0001n, resolution(0x80 | 32)), [
    1_700_000_000,
    500_000_000,
  ]);
  assert.deepEqual(await timeOf((1_700_000_000n << 10n) | 1023n, resolution(0x80 | 10)), [1_700_000_000, 999_023_437]);
  assert.deepEqual(await timeOf((1n << 64n) - 1n, resolution(127)), [0, 0]);
});

Deno.test("every nanosecond and microsecond around a change of the high word is exact", async () => {
  for (const [exponent, perSecond] of [[9, 1_000_000_000n], [6, 1_000_000n], [3, 1000n]] as const) {
    const base = (395_812_777n << 32n) / (1_000_000_000n / perSecond);
    const around = [-2n, -1n, 0n, 1n, 2n].flatMap((n) => [0n, 1n, 2n].map((k) => ((base >> 32n) + k << 32n) + n));
    const file = concat(
      LITTLE.section(),
      LITTLE.interface(1, 0, LITTLE.option(RESOLUTION, [exponent])),
      ...around.map((units) => LITTLE.enhanced(0, units, payload(1))),
    );
    const { packets } = await readCapture(file);
    assert.deepEqual(
      packets.map(({ sec, nsec }) => [sec, nsec]),
      around.map((units) => [Number(units / perSecond), Number((units % perSecond) * (1_000_000_000n / perSecond))]),
    );
  }
});

Deno.test("if_tsoffset is added in seconds, and may be negative", async () => {
  assert.deepEqual(await timeOf(5_000_001n, LITTLE.option(OFFSET, LITTLE.u64(1_700_000_000n))), [1_700_000_005, 1000]);
  assert.deepEqual(await timeOf(5_000_001n, LITTLE.option(OFFSET, LITTLE.u64(-7n))), [-2, 1000]);
});

Deno.test("times beyond 2106 and up to the full 64 bits", async () => {
  assert.deepEqual(await timeOf(9_000_000_000_000_001n, []), [9_000_000_000, 1000]);
  assert.deepEqual(await timeOf((1n << 64n) - 1n, []), [18_446_744_073_709, 551_615_000]);
  assert.deepEqual(await timeOf((1n << 64n) - 1n, LITTLE.option(RESOLUTION, [9])), [18_446_744_073, 709_551_615]);
});

const START = concat(LITTLE.section(), LITTLE.interface(1));
const GOOD = LITTLE.enhanced(0, NOW_US, payload(16));

/** A copy with the little-endian u32 at `at` replaced. */
function patched(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(at, value, true);
  return copy;
}

const LIES: [string, Uint8Array][] = [
  ["a block length of 0", patched(GOOD, 4, 0)],
  ["a block length below the least", patched(GOOD, 4, 8)],
  ["a block length that is no multiple of 4", patched(GOOD, 4, 46)],
  ["a block length of 4 GB", patched(GOOD, 4, 0xfffffffc)],
  ["a block length beyond the ceiling", patched(GOOD, 4, 16 * 1024 * 1024 + 4)],
  ["a length at the end that differs", patched(GOOD, GOOD.length - 4, 52)],
  ["a packet longer than its block", patched(GOOD, 20, 17)],
  ["a packet of 4 GB", patched(GOOD, 20, 0xffffffff)],
  ["an interface that is not described", patched(GOOD, 8, 1)],
  ["an interface number of 32 bits", patched(GOOD, 8, 0xffffffff)],
  ["a packet block too short for its fields", LITTLE.block(6, [...payload(16)])],
  ["a simple packet block without a length", LITTLE.block(3, [])],
  ["a simple packet longer than its block", LITTLE.simple(payload(8), 9)],
  ["an interface description too short", LITTLE.block(1, [1, 0, 0, 0])],
  ["an option longer than its block", LITTLE.interface(1, 0, [9, 0, 200, 0, 6, 0, 0, 0])],
  ["a section without byte-order magic", patched(LITTLE.section(), 8, 0)],
  ["a section header too short", LITTLE.block(0x0a0d0d0a, LITTLE.u32(0x1a2b3c4d))],
];
for (const [name, lie] of LIES) {
  Deno.test(`${name} ends the file there`, async () => {
    const { packets, notes } = await readCapture(concat(START, GOOD, lie, GOOD));
    assert.equal(packets.length, 1);
    assert.equal(notes.length, 1);
    assert.match(notes[0], new RegExp(`^FILE is broken at byte ${START.length + GOOD.length}: `));
  });
}

Deno.test("a simple packet before any interface ends the file", async () => {
  const { packets, notes } = await readCapture(concat(LITTLE.section(), LITTLE.simple(payload(4))));
  assert.equal(packets.length, 0);
  assert.match(notes[0], /interface 0, which the section does not describe/);
});

Deno.test("cut at any byte, the packets before the cut are read and the cut is noted", async () => {
  const big = new Blocks(false);
  const parts = [
    LITTLE.section(),
    LITTLE.interface(1, 0, LITTLE.option(RESOLUTION, [9])),
    GOOD,
    LITTLE.block(4, [0, 0, 0, 0]),
    big.section(),
    big.interface(101),
    big.simple(payload(11)),
    big.packet(0, NOW_US, payload(5)),
  ];
  const isPacket = [false, false, true, false, false, false, true, true];
  const whole = concat(...parts);
  const { packets } = await readCapture(whole);
  assert.equal(packets.length, 3);
  let length = 0;
  const borders = parts.map((part) => length += part.length);
  for (let cut = 4; cut < whole.length; cut++) {
    const read = await readCapture(whole.subarray(0, cut));
    const complete = borders.filter((border, i) => isPacket[i] && border <= cut).length;
    assert.deepEqual(read.packets, packets.slice(0, complete));
    assert.equal(read.notes.length, borders.includes(cut) ? 0 : 1, `cut at ${cut}`);
    if (read.notes.length > 0) assert.match(read.notes[0], /^FILE is cut .*: (at least )?\d+ bytes? missing$/);
  }
});
