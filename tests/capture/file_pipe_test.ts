/** Captures from standard input and from FIFOs: packets are handed on as they arrive. */
import assert from "node:assert/strict";
import { openFile } from "../../src/capture/file.ts";
import { gzipSync } from "node:zlib";
import { pcapHeader, pcapRecord } from "../tools/pcap_writer.ts";
import { concat, drainAll, payload } from "./collect.ts";

const RECORDS = Array.from({ length: 6 }, (_, i) => pcapRecord(payload(40 + i, i), i, i));

/** Prints the number of packets so far whenever it grows, and the notes at the end. */
const READER = `
  import { openFile } from ${JSON.stringify(new URL("../../src/capture/file.ts", import.meta.url).href)};
  const source = await openFile(Deno.args[0]);
  while (!source.ended) {
    if (source.drain({ packet() {} }, 100) > 0) console.log(source.stats().packets);
    else if (!source.ended) await source.wait(50);
  }
  console.log(JSON.stringify(source.stats().notes));
`;

for (const path of ["-", "/dev/stdin"]) {
  Deno.test(`${path}: each packet is handed on before the next is written`, async () => {
    const script = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      await Deno.writeTextFile(script, READER);
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-config", script, path],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const input = child.stdin.getWriter();
      const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      const nextLine = async () => {
        while (!text.includes("\n")) {
          const { value, done } = await lines.read();
          if (done) break;
          text += value;
        }
        const end = text.indexOf("\n");
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        return line;
      };
      await input.write(pcapHeader(1));
      for (const [i, record] of RECORDS.entries()) {
        // In two parts: the first is not enough for a packet.
        await input.write(record.subarray(0, 30));
        await input.write(record.subarray(30));
        assert.equal(await nextLine(), String(i + 1));
      }
      await input.write(RECORDS[0].subarray(0, 50));
      await input.close();
      assert.equal(await nextLine(), '["standard input is cut in the middle of packet 7: 6 bytes missing"]');
      assert.equal((await child.status).code, 0);
      await lines.cancel();
    } finally {
      await Deno.remove(script);
    }
  });
}

/** Calls `use` with the path of a FIFO. */
async function withFifo(use: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/fifo`;
    assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
    await use(path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const ignore = Deno.build.os === "windows";

Deno.test({ name: "FIFO: waiting for a slow writer does not hold up the event loop", ignore }, async () => {
  await withFifo(async (path) => {
    let ticks = 0;
    const opening = openFile(path);
    const writer = await Deno.open(path, { write: true });
    await writer.write(pcapHeader(1));
    const source = await opening;
    assert.equal(source.sizeBytes, undefined);
    const timer = setInterval(() => ticks++, 1);
    let seen = 0;
    const sink = { packet: () => seen++ };
    assert.equal(source.drain(sink, 10), 0);
    await source.wait(20);
    assert.equal(source.drain(sink, 10), 0);
    assert.ok(ticks > 0);
    await writer.write(RECORDS[0]);
    while (source.drain(sink, 10) === 0) await source.wait(1000);
    assert.equal(seen, 1);
    await writer.write(RECORDS[1]);
    writer.close();
    const { packets, notes } = await drainAll(source);
    clearInterval(timer);
    assert.equal(packets.length, 1);
    assert.deepEqual(notes, []);
  });
});

Deno.test({ name: "FIFO: compressed bytes arriving a few at a time", ignore }, async () => {
  await withFifo(async (path) => {
    const bytes = gzipSync(concat(pcapHeader(1), ...RECORDS));
    const reading = openFile(path).then((source) => drainAll(source));
    const writer = await Deno.open(path, { write: true });
    for (let at = 0; at < bytes.length; at += 9) await writer.write(bytes.subarray(at, at + 9));
    writer.close();
    const { packets, notes } = await reading;
    assert.deepEqual(packets.map(({ sec }) => sec), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(notes, []);
  });
});
