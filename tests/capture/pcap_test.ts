/** Classic captures made by hand after draft-ietf-opsawg-pcap, sections 4 (file header) and 5 (packet record). */
import assert from "node:assert/strict";
import { openFile } from "../../src/capture/file.ts";
import { pcapHeader, pcapRecord, PcapWriter } from "../tools/pcap_writer.ts";
import { Blocks, BOTH_ORDERS } from "./blocks.ts";
import { concat, drainAll, payload, readCapture } from "./collect.ts";

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;

function fileHeader(order: Blocks, magic: number, linkType = 1, snapLength = 65535): Uint8Array {
  return concat(
    order.u32(magic),
    order.u16(2),
    order.u16(4),
    order.u32(0),
    order.u32(0),
    order.u32(snapLength),
    order.u32(linkType),
  );
}

function record(
  order: Blocks,
  sec: number,
  fraction: number,
  bytes: Uint8Array,
  original = bytes.length,
  extra: number[] = [],
): Uint8Array {
  return concat(order.u32(sec), order.u32(fraction), order.u32(bytes.length), order.u32(original), extra, bytes);
}

for (const order of BOTH_ORDERS) {
  const name = order.little ? "little-endian" : "big-endian";

  Deno.test(`${name} pcap with microseconds`, async () => {
    const file = concat(
      fileHeader(order, MICROSECONDS),
      record(order, 1700000000, 999999, payload(60)),
      record(order, 0xfffffffe, 1, payload(10, 1), 1500),
      record(order, 5, 0, payload(0)),
    );
    assert.deepEqual(await readCapture(file), {
      packets: [
        { bytes: [...payload(60)], wireLength: 60, sec: 1700000000, nsec: 999999000, linkType: 1 },
        { bytes: [...payload(10, 1)], wireLength: 1500, sec: 0xfffffffe, nsec: 1000, linkType: 1 },
        { bytes: [], wireLength: 0, sec: 5, nsec: 0, linkType: 1 },
      ],
      notes: [],
    });
  });

  Deno.test(`${name} pcap with nanoseconds`, async () => {
    const file = concat(
      fileHeader(order, NANOSECONDS, 113),
      record(order, 1700000000, 999999999, payload(7)),
    );
    const { packets } = await readCapture(file);
    assert.deepEqual(packets, [
      { bytes: [...payload(7)], wireLength: 7, sec: 1700000000, nsec: 999999999, linkType: 113 },
    ]);
  });

  Deno.test(`${name} modified pcap has 24 bytes before each packet`, async () => {
    const extra = [...order.u32(2), ...order.u16(0x0800), 4, 0];
    const file = concat(
      fileHeader(order, MODIFIED),
      record(order, 7, 8, payload(33), 33, extra),
      record(order, 9, 10, payload(12, 5), 12, extra),
    );
    const { packets, notes } = await readCapture(file);
    assert.deepEqual(packets.map(({ bytes, sec, nsec }) => [bytes, sec, nsec]), [
      [[...payload(33)], 7, 8000],
      [[...payload(12, 5)], 9, 10000],
    ]);
    assert.deepEqual(notes, []);
  });

  Deno.test(`${name} lcap has the size of all records after the file header`, async () => {
    for (const magic of [0x1c0001ac, 0x1c0001ab]) {
      const file = concat(fileHeader(order, magic), order.u32(36), record(order, 3, 4, payload(20)));
      const { packets } = await readCapture(file);
      assert.deepEqual(packets.map(({ bytes, sec, nsec }) => [bytes, sec, nsec]), [[[...payload(20)], 3, 4000]]);
    }
  });
}

const little = new Blocks(true);

Deno.test("the link type is the low 16 bits, whatever the FCS bits say", async () => {
  const file = concat(fileHeader(little, MICROSECONDS, 0x54000114), record(little, 1, 2, payload(20)));
  assert.equal((await readCapture(file)).packets[0].linkType, 276);
});

Deno.test("a fraction of more than a second is carried into the seconds", async () => {
  const file = concat(fileHeader(little, MICROSECONDS), record(little, 100, 2_500_000, payload(1)));
  const [{ sec, nsec }] = (await readCapture(file)).packets;
  assert.deepEqual([sec, nsec], [102, 500_000_000]);
});

Deno.test("an original length shorter than the packet is not believed", async () => {
  const file = concat(fileHeader(little, MICROSECONDS), record(little, 1, 2, payload(50), 10));
  assert.equal((await readCapture(file)).packets[0].wireLength, 50);
});

Deno.test("a file with only the header holds no packets", async () => {
  assert.deepEqual(await readCapture(pcapHeader(1)), { packets: [], notes: [] });
});

Deno.test("a lying packet length ends the file there", async () => {
  for (const length of [262145, 0x7fffffff, 0xffffffff]) {
    const lying = concat(little.u32(1), little.u32(2), little.u32(length), little.u32(length), payload(300));
    const file = concat(fileHeader(little, MICROSECONDS), record(little, 1, 1, payload(20)), lying);
    const { packets, notes } = await readCapture(file);
    assert.equal(packets.length, 1);
    assert.deepEqual(notes, [
      `FILE is broken at byte 60: a packet of ${length} bytes (packets read before it: 1)`,
    ]);
  }
});

Deno.test("a lying packet length is refused even where the file is long enough for it", async () => {
  const lying = concat(little.u32(1), little.u32(2), little.u32(300_000), little.u32(300_000));
  const file = new Uint8Array(500_000);
  file.set(concat(fileHeader(little, MICROSECONDS), lying));
  assert.equal((await readCapture(file)).packets.length, 0);
});

Deno.test("a packet longer than the reading buffer is whole when the snap length allows it", async () => {
  const long = payload(3_000_000);
  const file = new Uint8Array(24 + 16 + 100 + 16 + long.length + 16 + 5);
  file.set(pcapHeader(1, 4_000_000));
  file.set(pcapRecord(payload(100), 1, 1), 24);
  file.set(pcapRecord(long, 2, 2), 140);
  file.set(pcapRecord(payload(5, 9), 3, 3), 156 + long.length);
  const { packets, notes } = await readCapture(file);
  assert.deepEqual(packets.map(({ bytes, sec }) => [bytes.length, sec]), [[100, 1], [3_000_000, 2], [5, 3]]);
  assert.deepEqual(packets[1].bytes.slice(-100), [...long.subarray(-100)]);
  assert.deepEqual(packets[2].bytes, [...payload(5, 9)]);
  assert.deepEqual(notes, []);
});

Deno.test("packets that straddle two reads are whole, however few are asked for at once", async () => {
  const path = await Deno.makeTempFile();
  try {
    const file = await Deno.open(path, { write: true });
    const writer = new PcapWriter((bytes) => {
      assert.equal(file.writeSync(bytes), bytes.length);
    }, 1);
    const count = 4000;
    for (let i = 0; i < count; i++) writer.packet(payload(100 + i % 1200, i), i, 999_999_999 - i);
    writer.end();
    file.close();
    const source = await openFile(path);
    assert.equal(source.sizeBytes, (await Deno.stat(path)).size);
    const { packets, notes } = await drainAll(source, 7);
    assert.equal(source.bytesRead, source.sizeBytes);
    assert.equal(source.stats().packets, count);
    assert.deepEqual(notes, []);
    packets.forEach(({ bytes, sec, nsec }, i) => {
      assert.deepEqual([sec, nsec], [i, 999_999_999 - i]);
      assert.deepEqual(bytes, [...payload(100 + i % 1200, i)]);
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("cut at any byte, the packets before the cut are read and the cut is noted", async () => {
  const parts = [0, 1, 2, 3].map((i) => pcapRecord(payload(20 + i, i), i, i));
  const whole = concat(pcapHeader(1), ...parts);
  const { packets } = await readCapture(whole);
  assert.equal(packets.length, 4);
  let ends = 24;
  const borders = parts.map((part) => ends += part.length);
  for (let cut = 4; cut < whole.length; cut++) {
    const read = await readCapture(whole.subarray(0, cut));
    const complete = borders.filter((border) => border <= cut).length;
    assert.deepEqual(read.packets, packets.slice(0, complete));
    const isAtBorder = cut === 24 || borders.includes(cut);
    assert.equal(read.notes.length, isAtBorder ? 0 : 1, `cut at ${cut}`);
    if (!isAtBorder) assert.match(read.notes[0], /^FILE is cut .*: (at least )?\d+ bytes? missing$/);
  }
  const [note] = (await readCapture(whole.subarray(0, whole.length - 3))).notes;
  assert.equal(note, "FILE is cut in the middle of packet 4: 3 bytes missing");
});
