/** Protocol Buffers as protobufjs reads them. */
import assert from "node:assert/strict";
import protobuf from "npm:protobufjs@8.8.1";
import { ProtobufWriter } from "../../src/export/protobuf.ts";

function reader(write: (writer: ProtobufWriter) => void): protobuf.Reader {
  const writer = new ProtobufWriter(1);
  write(writer);
  return protobuf.Reader.create(writer.view().slice());
}

Deno.test("whole numbers of all sizes", () => {
  for (const value of [0, 1, 127, 128, 16383, 16384, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 35 + 5, 2 ** 53 - 1]) {
    assert.equal(String(reader((writer) => writer.varint(value)).uint64()), String(value));
    assert.equal(String(reader((writer) => writer.int64(value)).int64()), String(value));
    assert.equal(String(reader((writer) => writer.int64(-value)).int64()), String(0 - value));
  }
  assert.equal(String(reader((writer) => writer.int64(2 ** 62)).int64()), String(2n ** 62n));
  assert.equal(
    String(reader((writer) => writer.int64(2 ** 64)).int64()),
    String(2n ** 63n - 1n),
    "the largest there is",
  );
});

Deno.test("times are exact to the nanosecond", () => {
  for (
    const [sec, nsec] of [[0, 0], [0, 1], [1_795_380_705, 140_162_715], [2 ** 32, 999_999_999], [65535, 999_999_999]]
  ) {
    const read = reader((writer) => writer.nanoseconds(sec, nsec)).fixed64();
    assert.equal(String(read), String(BigInt(sec) * 1_000_000_000n + BigInt(nsec)));
  }
});

Deno.test("fixed32 and double", () => {
  assert.equal(reader((writer) => writer.fixed32(0x301)).fixed32(), 0x301);
  for (const value of [0, 1, -1.5, 998.837, Infinity]) {
    assert.equal(reader((writer) => writer.double(value)).double(), value);
  }
});

Deno.test("text of any length and kind has its length in bytes in front", () => {
  for (const length of [0, 1, 126, 127, 128, 129, 16383, 16384, 70000]) {
    for (const letter of ["a", "é", "日", "😀"]) {
      const text = letter.repeat(length);
      assert.equal(reader((writer) => writer.text(text)).string(), text);
      assert.equal(reader((writer) => writer.text("x" + text + "y")).string(), "x" + text + "y");
    }
  }
  assert.equal(reader((writer) => writer.text("a\ud800b")).string(), "a\ufffdb", "half a surrogate pair is no UTF-8");
});

Deno.test("messages within messages of any length", () => {
  for (const length of [0, 1, 120, 125, 126, 127, 128, 16380, 16384]) {
    const read = reader((writer) => {
      const outer = writer.open();
      const inner = writer.open();
      writer.prefixed(new Uint8Array(length).fill(7));
      writer.close(inner);
      writer.byte(9);
      writer.close(outer);
    });
    const outer = protobuf.Reader.create(read.bytes());
    const inner = protobuf.Reader.create(outer.bytes());
    assert.deepEqual([...inner.bytes()], new Array(length).fill(7));
    assert.equal(inner.pos, inner.len);
    assert.equal(outer.uint32(), 9);
    assert.equal(read.pos, read.len);
  }
});
