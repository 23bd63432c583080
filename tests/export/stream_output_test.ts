import assert from "node:assert/strict";
import { type ByteStream, StreamOutput } from "../../src/export/stream_output.ts";

const encoder = new TextEncoder();

/** A reader that takes bytes only when told to. */
class SlowReader implements ByteStream {
  text = "";
  writes = 0;
  #take: (() => void) | undefined;

  async write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    await new Promise<void>((resolve) => this.#take = resolve);
    this.text += new TextDecoder().decode(bytes);
    return bytes.length;
  }

  take(): void {
    this.#take?.();
  }
}

async function turns(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

Deno.test("lines beyond the ceiling are counted and dropped, once said", async () => {
  const reader = new SlowReader();
  let said = 0;
  const output = new StreamOutput(reader, () => said++, 10);
  for (const line of ["aaaa\n", "bbbb\n", "cccc\n", "dddd\n"]) output.write(encoder.encode(line), 1);
  assert.equal(output.lostLines, 2);
  assert.equal(said, 1);
  reader.take();
  await turns();
  reader.take();
  await output.drained();
  assert.equal(reader.text, "aaaa\nbbbb\n");
  output.write(encoder.encode("eeee\n"), 1);
  reader.take();
  await output.drained();
  assert.equal(reader.text, "aaaa\nbbbb\neeee\n", "a reader that has caught up gets lines again");
});

Deno.test("a line longer than the ceiling still leaves when nothing else waits", async () => {
  const reader = new SlowReader();
  const output = new StreamOutput(reader, () => {}, 3);
  output.write(encoder.encode("longer\n"), 1);
  reader.take();
  await output.drained();
  assert.equal(reader.text, "longer\n");
});

Deno.test("what was written while a write was under way leaves in one write", async () => {
  const reader = new SlowReader();
  const output = new StreamOutput(reader);
  for (let i = 0; i < 100; i++) output.write(encoder.encode(`${i}\n`), 1);
  reader.take();
  await turns();
  reader.take();
  await output.drained();
  assert.equal(reader.writes, 2);
  assert.equal(reader.text.split("\n").length, 101);
});

Deno.test("ready waits for the reader only when much waits", async () => {
  const reader = new SlowReader();
  const output = new StreamOutput(reader, () => {}, Infinity);
  output.write(encoder.encode("little\n"), 1);
  await output.ready();
  output.write(new Uint8Array(1_000_000), 1);
  let isReady = false;
  const ready = output.ready().then(() => isReady = true);
  await turns();
  assert.equal(isReady, false);
  reader.take();
  await turns();
  reader.take();
  await ready;
  assert.equal(output.lostLines, 0);
});

Deno.test("short writes are continued", async () => {
  let text = "";
  const output = new StreamOutput({
    write: (bytes) => {
      text += new TextDecoder().decode(bytes.subarray(0, 3));
      return Promise.resolve(Math.min(3, bytes.length));
    },
  });
  output.write(encoder.encode("0123456789\n"), 1);
  await output.drained();
  assert.equal(text, "0123456789\n");
});

Deno.test("a reader that went away closes the output without a failure", async () => {
  const output = new StreamOutput({ write: () => Promise.reject(new Deno.errors.BrokenPipe("gone")) });
  output.write(encoder.encode("x\n"), 1);
  await output.drained();
  assert.equal(output.closed, true);
  assert.equal(output.failure, undefined);
  output.write(encoder.encode("y\n"), 1);
  assert.equal(output.lostLines, 0, "nobody wanted them");
});

Deno.test("a full disk is a failure", async () => {
  const output = new StreamOutput({ write: () => Promise.reject(new Error("No space left on device")) });
  output.write(encoder.encode("x\n"), 1);
  await output.drained();
  assert.match(output.failure!.message, /No space/);
});

Deno.test("closing counts the lines that still wait", () => {
  const output = new StreamOutput(new SlowReader());
  output.write(encoder.encode("a\nb\n"), 2);
  output.write(encoder.encode("c\n"), 1);
  output.close();
  assert.equal(output.lostLines, 3);
});
