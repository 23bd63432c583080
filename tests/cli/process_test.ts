/** The program as a process: its exit status, what goes where, signals, and readers that leave. */
import assert from "node:assert/strict";
import { PcapWriter } from "../tools/pcap_writer.ts";
import { type Packet, replay } from "../tools/replay.ts";
import { Talk } from "../tools/build.ts";

const main = new URL("../../main.ts", import.meta.url).pathname;
const rules = [{ protocol: "http", ports: [80], host: "" }];

function packetd(permissions: readonly string[], ...args: string[]): Deno.ChildProcess {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, main, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  return command.spawn();
}

function roundTrips(count: number): Packet[] {
  const talk = new Talk(80).handshake();
  for (let i = 0; i < count; i++) {
    talk.client(`GET /${i} HTTP/1.1\r\n\r\n`).server("HTTP/1.1 204 No Content\r\n\r\n");
  }
  return talk.packets;
}

function capture(packets: readonly Packet[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const writer = new PcapWriter((bytes) => parts.push(bytes.slice()), 1);
  for (const { bytes, sec, nsec } of packets) writer.packet(bytes, sec, nsec);
  writer.end();
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Reads on until the text matches. */
async function until(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: RegExp): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  while (!wanted.test(text)) {
    const { value, done } = await reader.read();
    if (done) assert.fail(`ended before ${wanted}: ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

Deno.test("a file becomes JSON lines on standard output, talk goes to standard error, and the end is 0", async () => {
  const path = await Deno.makeTempFile({ suffix: ".pcap" });
  try {
    const packets = roundTrips(3);
    await Deno.writeFile(path, capture(packets));
    const child = packetd(["--allow-read"], "log", "--pcap.file", path, "--console");
    await child.stdin.close();
    const { code, stdout, stderr } = await child.output();
    const err = new TextDecoder().decode(stderr);
    assert.equal(code, 0, err);
    assert.equal(new TextDecoder().decode(stdout), replay(packets, rules).lines.map((line) => line + "\n").join(""));
    assert.match(err, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\tINFO\tcapture\tsniffer add pcap file \(.*\.pcap\)\n/);
    assert.match(err, /\n9 packets .*1 flow, 3 round trips chosen\n {2}http: 3 requests, 3 paired, 0 unanswered\n$/);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a reader that goes away ends it quietly", async () => {
  const path = await Deno.makeTempFile({ suffix: ".pcap" });
  try {
    await Deno.writeFile(path, capture(roundTrips(5000)));
    const child = packetd(["--allow-read"], "log", "--pcap.file", path);
    const reader = child.stdout.getReader();
    await until(reader, /\n/);
    await reader.cancel();
    await child.stdin.close();
    const err = await new Response(child.stderr).text();
    assert.equal((await child.status).code, 0, err);
    assert.match(err, /^[^\n]*sniffer add pcap file[^\n]*\n$/);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test({
  name: "lines leave while the capture goes on; SIGUSR1 tells how it stands, SIGINT ends it in order",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const child = packetd([], "log", "--pcap.file", "-", "--format", "text", "--unanswered");
    const packets = [
      ...roundTrips(1),
      ...new Talk(80, 40001).handshake().client("GET /never HTTP/1.1\r\n\r\n").packets,
    ];
    const stdin = child.stdin.getWriter(), out = child.stdout.getReader(), err = child.stderr.getReader();
    await stdin.write(capture(packets));
    assert.match(await until(out, /\n/), /GET \/0 +204 No Content/);
    child.kill("SIGUSR1");
    assert.match(await until(err, /requests.*\n/), /http: 2 requests, 1 paired, 0 unanswered, 1 pending\n/);
    child.kill("SIGINT");
    assert.match(await until(out, /\n/), /GET \/never +no answer/);
    assert.match(await until(err, /requests.*\n/), /http: 2 requests, 1 paired, 1 unanswered\n/);
    assert.equal((await child.status).code, 0);
    await Promise.allSettled([stdin.close(), out.cancel(), err.cancel()]);
  },
});

Deno.test("help, and refusing what is wrong, need no permission and load nothing", async () => {
  const help = await packetd([], "log", "--help").output();
  assert.equal(help.code, 0);
  const wrong = await packetd([], "log", "--proto", "http;x").output();
  assert.equal(wrong.code, 2);
  assert.equal(wrong.stdout.length, 0);
});
