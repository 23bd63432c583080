/** Captures compressed with gzip (RFC 1952) and Zstandard (RFC 8878). */
import assert from "node:assert/strict";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { pcapHeader, pcapRecord } from "../tools/pcap_writer.ts";
import { concat, payload, readCapture } from "./collect.ts";

const RECORDS = Array.from({ length: 12 }, (_, i) => pcapRecord(payload(30 + i, i), i, i));
const CAPTURE = concat(pcapHeader(1), ...RECORDS);

const gzip = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes));
const zstd = (bytes: Uint8Array) =>
  new Uint8Array(zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }));

/** Pseudo-random bytes: they do not compress, so the compressed size is known. */
function noise(count: number): Uint8Array<ArrayBuffer> {
  let state = 1;
  return Uint8Array.from({ length: count }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24);
}

for (const [name, compress] of [["gzip", gzip], ["zstd", zstd]] as const) {
  Deno.test(`${name}: the packets are those of the plain file`, async () => {
    assert.deepEqual(await readCapture(compress(CAPTURE)), await readCapture(CAPTURE));
  });

  Deno.test(`${name}: several members are read as one, wherever their borders lie`, async () => {
    const plain = await readCapture(CAPTURE);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < CAPTURE.length; at += 7) pieces.push(compress(CAPTURE.subarray(at, at + 7)));
    assert.deepEqual(await readCapture(concat(...pieces)), plain);
    assert.deepEqual(await readCapture(concat(compress(new Uint8Array()), compress(CAPTURE))), plain);
  });

  Deno.test(`${name}: a capture much larger than the buffers comes through`, async () => {
    const packets = Array.from({ length: 40 }, (_, i) => pcapRecord(noise(50_000 + i), i, i));
    const quiet = Array.from({ length: 40 }, (_, i) => pcapRecord(new Uint8Array(60_000), i, i));
    const file = concat(pcapHeader(1), ...packets, ...quiet);
    const read = await readCapture(compress(file));
    assert.deepEqual(read.notes, []);
    assert.deepEqual(read.packets, (await readCapture(file)).packets);
  });

  Deno.test(`${name}: cut at any byte, what the bytes before the cut hold is read and the cut is noted`, async () => {
    // Several members, so that cuts fall into first, middle and last ones and exactly between them.
    const starts = [0, 5, 9].map((first) => RECORDS.slice(0, first).reduce((sum, { length }) => sum + length, 24));
    const members = [
      compress(CAPTURE.subarray(0, starts[1])),
      compress(CAPTURE.subarray(starts[1], starts[2])),
      compress(CAPTURE.subarray(starts[2])),
    ];
    const whole = concat(...members);
    const { packets } = await readCapture(whole);
    assert.equal(packets.length, RECORDS.length);
    const borders = [members[0].length, members[0].length + members[1].length];
    let most = 0;
    for (let cut = 1; cut < whole.length; cut++) {
      try {
        const read = await readCapture(whole.subarray(0, cut));
        assert.deepEqual(read.packets, packets.slice(0, read.packets.length));
        assert.ok(read.packets.length >= most, `cut at ${cut}: fewer packets than before`);
        most = read.packets.length;
        if (cut >= borders[0]) assert.ok(most >= 5);
        if (cut >= borders[1]) assert.ok(most >= 9);
        if (borders.includes(cut)) {
          assert.deepEqual(read.notes, []);
        } else {
          assert.equal(read.notes[0], `FILE is cut: its ${name} data ends after byte ${cut} without being complete`);
        }
      } catch (error) {
        // Too little for a capture to be recognised.
        assert.equal((error as Error).name, "CaptureError", String(error));
        assert.equal(most, 0);
      }
    }
  });

  Deno.test(`${name}: any byte changed ends with a note or an error at open, never otherwise`, async () => {
    const compressed = compress(CAPTURE);
    for (let at = 0; at < compressed.length; at++) {
      const damaged = compressed.slice();
      damaged[at] ^= 0x41;
      await readCapture(damaged).catch((error) => assert.equal(error.name, "CaptureError", String(error)));
    }
  });

  Deno.test(`${name}: what holds no capture is refused`, async () => {
    await assert.rejects(readCapture(compress(new Uint8Array())), /'FILE' holds nothing: the \w+ data in it is empty/);
    await assert.rejects(
      readCapture(compress(new TextEncoder().encode("not a capture"))),
      /the \w+ data in it begins with text \("not a capture"\)/,
    );
    await assert.rejects(readCapture(compress(compress(CAPTURE))), /compressed with \w+ a second time/);
  });
}

Deno.test("gzip: zeros after the last member are padding", async () => {
  assert.deepEqual(await readCapture(concat(gzip(CAPTURE), new Uint8Array(20_000))), await readCapture(CAPTURE));
});

Deno.test("zstd: skippable frames are skipped (RFC 8878, 3.1.2)", async () => {
  const skippable = concat([0x57, 0x2a, 0x4d, 0x18, 0x10, 0x27, 0, 0], new Uint8Array(10_000));
  const file = concat(skippable, zstd(CAPTURE.subarray(0, 99)), skippable, zstd(CAPTURE.subarray(99)), skippable);
  assert.deepEqual(await readCapture(file), await readCapture(CAPTURE));
});

Deno.test("zstd: a wrong checksum is noted wherever the output buffer happens to be full", async () => {
  const capture = concat(pcapHeader(1), ...Array.from({ length: 12 }, (_, i) => pcapRecord(noise(60_000), i, i)));
  for (let first = 24; first < 300_000; first += 29_989) {
    const file = concat(zstd(capture.subarray(0, first)), zstd(capture.subarray(first)));
    file[file.length - 1] ^= 1;
    const { packets, notes } = await readCapture(file);
    assert.equal(packets.length, 12);
    assert.equal(notes.length, 1);
    assert.match(notes[0], /^FILE is damaged: its zstd data cannot be read beyond byte \d+ \(.*checksum\)$/);
  }
});
