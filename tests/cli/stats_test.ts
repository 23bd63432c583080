/** `packetd stats` as a process: tables of captures, parts of them, two side by side, and what comes through a pipe. */
import assert from "node:assert/strict";
import { Talk } from "../tools/build.ts";
import { PcapWriter } from "../tools/pcap_writer.ts";
import type { Packet } from "../tools/replay.ts";

const main = new URL("../../main.ts", import.meta.url).pathname;
const TIME = /20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\t/;

function packetd(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--lock=deno.lock", "--allow-read", main, "stats", ...args],
    cwd: new URL("../../", import.meta.url).pathname,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function said(child: Deno.ChildProcess): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await child.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = packetd(...args);
  await child.stdin.close();
  return await said(child);
}

/** So many round trips with ids of their own, so many milliseconds each; every tenth fails; one is never answered. */
function packets(count: number, milliseconds: number): Packet[] {
  const talk = new Talk(80).handshake();
  for (let i = 0; i < count; i++) {
    talk.client(`GET /users/${i}?token=s3cret HTTP/1.1\r\n\r\n`).pause(milliseconds - 1)
      .server(`HTTP/1.1 ${i % 10 === 9 ? 500 : 200} X\r\nContent-Length: 0\r\n\r\n`);
  }
  return talk.client("GET /never HTTP/1.1\r\n\r\n").packets;
}

function capture(packets: readonly Packet[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const writer = new PcapWriter((bytes) => parts.push(bytes.slice()), 1);
  for (const { bytes, sec, nsec } of packets) writer.packet(bytes, sec, nsec);
  writer.end();
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

async function withFiles(files: Record<string, Packet[]>, test: (path: (name: string) => string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, made] of Object.entries(files)) await Deno.writeFile(`${folder}/${name}`, capture(made));
    await test((name) => `${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a capture gives one table, always the same, and the account", async () => {
  await withFiles({ "a.pcap": packets(50, 10) }, async (path) => {
    const first = await run("--pcap.file", path("a.pcap"));
    assert.equal(first.code, 0, first.err);
    const [range, head, row, never, end] = first.out.split("\n");
    assert.match(range, /: 50 answered, 5 with an error, 1 unanswered$/);
    assert.match(head, /^protocol {2}endpoint +rate +count +errors +unanswered +p50 .* received {2}last minute$/);
    assert.match(row, /^http {6}GET \/users\/\{id\} +[\d.]+\/s +50 +5 +0 +10ms +10ms +10ms +10ms +10ms +500ms /);
    assert.match(never, /^http {6}GET \/never +0\.0\/s +0 +0 +1 +- /);
    assert.equal(end, "");
    assert.match(
      first.err,
      new RegExp(`^${TIME.source}INFO\tcapture\tsniffer add pcap file .*\n.* 51 round trips chosen\n`),
    );
    assert.equal((await run("--pcap.file", path("a.pcap"), "--once")).out, first.out);
    const child = packetd("--pcap.file", "-", "--interval", "1h");
    const writer = child.stdin.getWriter();
    await writer.write(await Deno.readFile(path("a.pcap")));
    await writer.close();
    assert.equal((await said(child)).out, first.out, "what comes through a pipe gives the same");
  });
});

Deno.test("--from and --to choose requests by their time; pairs across the borders are whole", async () => {
  await withFiles({ "a.pcap": packets(50, 10) }, async (path) => {
    const json = async (...args: string[]) =>
      JSON.parse((await run("--pcap.file", path("a.pcap"), "--format", "json", ...args)).out);
    // The handshake has three packets, a millisecond each; then 11 ms a round trip but for the first one's.
    const all = await json();
    const half = await json("--from", "0.1s", "--to", "0.3s");
    assert.equal(all.groups[0].count, 50);
    assert.ok(half.groups[0].count > 15 && half.groups[0].count < 21, JSON.stringify(half));
    assert.equal(half.groups.length, 1);
    assert.equal(half.from, "2023-11-14T22:13:20.100Z");
    assert.equal(half.to, "2023-11-14T22:13:20.300Z");
    assert.deepEqual(await json("--from", "2023-11-14T22:13:20.1Z", "--to", "2023-11-14T23:13:20.3+01:00"), half);
    const [before, after] = [await json("--to", "0.1s"), await json("--from", "0.3s")];
    assert.equal(before.groups[0].count + half.groups[0].count + after.groups[0].count, 50);
  });
});

Deno.test("the choice of log holds here, and groups are those that were asked for", async () => {
  await withFiles({ "a.pcap": packets(50, 10) }, async (path) => {
    const rows = async (...args: string[]) => {
      const { out } = await run("--pcap.file", path("a.pcap"), "--format", "csv", ...args);
      return out.trimEnd().split("\r\n").slice(1).map((line) => line.split(",").slice(2));
    };
    const by = (await rows("--by", "server,status", "--sort", "count")).map((row) =>
      row.filter((_, i) => i < 2 || i === 3)
    );
    assert.deepEqual(by, [["10.0.0.2:80", "200", "45"], ["10.0.0.2:80", "500", "5"], [
      "10.0.0.2:80",
      "no answer",
      "0",
    ]]);
    assert.equal((await rows("--by", "endpoint", "--errors", "--where", "answered"))[0][2], "5");
    assert.deepEqual(await rows("--slow", "1s", "--where", "answered"), []);
    assert.equal((await rows("--where", 'endpoint = "GET /users/{id}"', "--by", "endpoint"))[0][2], "50");
  });
});

Deno.test("two captures side by side", async () => {
  await withFiles({ "a.pcap": packets(60, 10), "b.pcap": packets(60, 20) }, async (path) => {
    const { code, out, err } = await run("--pcap.file", path("a.pcap"), "--compare", path("b.pcap"));
    assert.equal(code, 0, err);
    assert.match(
      out,
      /\nhttp {6}GET \/users\/\{id\} +60 +60 +6 +6 +10ms +20ms +\+100% +10ms +20ms +\+100% +10ms +20ms +\? /,
    );
    assert.match(out, /^2023.*\nthen 2023/);
    assert.equal(err.match(/61 round trips chosen/g)?.length, 2);
    const missing = await run("--pcap.file", path("a.pcap"), "--compare", path("none.pcap"));
    assert.equal(missing.code, 1);
    assert.equal(missing.out, "");
  });
});
