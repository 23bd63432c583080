/** Everything that listens while a live test plays: packetd with both of its engines, and tcpdump piped into packetd. */
import type { Socket } from "node:dgram";
import { type Account, readAccount } from "./lines.ts";
import { SEARCH_PATH, type Service, type Stage, until } from "./stage.ts";

const main = new URL("../../main.ts", import.meta.url).pathname;

/** The program under test and its first arguments: `PACKETD` names a compiled one. */
export function packetd(...permissions: string[]): [command: string, args: string[]] {
  const compiled = Deno.env.get("PACKETD");
  if (compiled !== undefined) return [compiled, []];
  return [Deno.execPath(), ["run", "--quiet", "--no-prompt", "--allow-read", ...permissions, main]];
}

/** Times are printed in UTC. */
const env = { TZ: "UTC" };

/** What one run of packetd printed. */
export interface Heard {
  readonly text: string;
  readonly account: Account;
}

export class Captures {
  readonly #stage: Stage;
  readonly #rules: readonly string[];
  /** Datagrams to this port tell how far tcpdump has come. */
  readonly #mark: Socket;
  #ring!: Service;
  #libpcap!: Service;
  #pipe!: Service;
  #tcpdump!: Service;
  #teed!: Promise<unknown>;

  private constructor(stage: Stage, rules: readonly string[], mark: Socket) {
    this.#stage = stage;
    this.#rules = rules;
    this.#mark = mark;
  }

  /** The packets that tcpdump saw. */
  get file(): string {
    return this.#stage.path("capture.pcap");
  }

  /** Begins to listen on the loopback device; returns when all do. */
  static async open(stage: Stage, rules: readonly string[]): Promise<Captures> {
    const captures = new Captures(stage, rules, await stage.datagrams());
    const [ring, libpcap] = await Promise.all([
      captures.#live("ring"),
      captures.#live("libpcap", "--engine", "libpcap"),
      captures.#startPipe(),
    ]);
    captures.#ring = ring;
    captures.#libpcap = libpcap;
    return captures;
  }

  /** Ends all, after everything has arrived, and returns what each packetd printed, and how many packets tcpdump lost. */
  async close(): Promise<{ ring: Heard; libpcap: Heard; pipe: Heard; tcpdumpLost: number }> {
    await this.#everythingWritten();
    await this.#tcpdump.stop();
    await this.#teed; // standard input of the third has ended with it
    await Promise.all([this.#ring.stop(), this.#libpcap.stop()]);
    const [ring, libpcap, pipe] = await Promise.all([
      heard(this.#stage, "ring", this.#ring),
      heard(this.#stage, "libpcap", this.#libpcap),
      heard(this.#stage, "pipe", this.#pipe),
    ]);
    const told = /(\d+) packets? dropped by kernel/.exec(await Deno.readTextFile(this.#tcpdump.log));
    return { ring, libpcap, pipe, tcpdumpLost: Number(told?.[1]) };
  }

  /** `packetd log --pcap.file FILE`, or `cat FILE | packetd log --pcap.file -`. */
  async replay(name: string, fromInput: boolean): Promise<Heard> {
    const [command, first] = packetd();
    const args = [...first, ...this.#log("--pcap.file", fromInput ? "-" : this.file)];
    const service = fromInput
      ? await this.#stage.start(name, "sh", [
        "-c",
        'file=$1; shift; cat "$file" | "$@"',
        "sh",
        this.file,
        command,
        ...args,
      ], {
        env,
        outputFile: `${name}.jsonl`,
      })
      : await this.#stage.start(name, command, args, { env, outputFile: `${name}.jsonl` });
    return await heard(this.#stage, name, service);
  }

  #log(...flags: string[]): string[] {
    return ["log", "--unanswered", ...this.#rules.flatMap((rule) => ["--proto", rule]), ...flags];
  }

  async #live(name: string, ...flags: string[]): Promise<Service> {
    const [command, args] = packetd("--allow-ffi");
    const service = await this.#stage.start(name, command, [...args, ...this.#log("--ifaces", "lo", ...flags)], {
      env,
      outputFile: `${name}.jsonl`,
      stopSignal: "SIGINT",
    });
    await service.said("sniffer add device (lo)");
    return service;
  }

  /** `tcpdump -w - | tee FILE | packetd log --pcap.file -` */
  async #startPipe(): Promise<void> {
    const stage = this.#stage;
    const ports = this.#rules.flatMap((rule) => rule.split(";")[1].split(","));
    const filter = [...ports, String(this.#mark.address().port)].map((port) => `port ${port}`).join(" or ");
    // What was captured is written at once (-U), and a buffer of 64 MB holds a load.
    const flags = ["-i", "lo", "-U", "-B", "65536", "-w", "-", filter];
    const [command, args] = packetd();
    const tcpdump = spawn("tcpdump", flags, "null");
    this.#tcpdump = stage.adopt("tcpdump", tcpdump, stage.path("tcpdump.log"));
    const reader = spawn(command, [...args, ...this.#log("--pcap.file", "-")], "piped");
    this.#pipe = stage.adopt("pipe", reader, stage.path("pipe.log"));
    const [packets, copy] = tcpdump.stdout.tee();
    // Whoever ends too early is noticed by what is missing.
    this.#teed = Promise.allSettled([
      packets.pipeTo(reader.stdin),
      intoFile(copy, this.file),
      intoFile(tcpdump.stderr, this.#tcpdump.log),
      intoFile(reader.stdout, stage.path("pipe.jsonl")),
      intoFile(reader.stderr, this.#pipe.log),
    ]);
    await this.#tcpdump.said("listening on");
    await this.#pipe.said("sniffer add pcap file");
  }

  /** Sends a mark, and waits until tcpdump has written it: then it has written all that was sent before. */
  async #everythingWritten(): Promise<void> {
    const mark = `the end ${crypto.randomUUID()}`;
    this.#mark.send(mark, this.#mark.address().port, "127.0.0.1");
    await until("the last packet in tcpdump's capture", () => holdsAtEnd(this.file, mark));
  }
}

/** What a packetd printed, once it has ended as it should; its lines went to `NAME.jsonl`. */
export async function heard(stage: Stage, name: string, service: Service): Promise<Heard> {
  const { code } = await service.status;
  const log = await Deno.readTextFile(service.log);
  if (code !== 0) throw new Error(`packetd (${name}) ended with status ${code}: ${log}`);
  return { text: await Deno.readTextFile(stage.path(`${name}.jsonl`)), account: readAccount(log) };
}

/** Whether a text stands among the last bytes of a file. */
export async function holdsAtEnd(path: string, text: string): Promise<boolean> {
  using file = await Deno.open(path);
  await file.seek(-Math.min((await file.stat()).size, 4096), Deno.SeekMode.End);
  const end = new Uint8Array(4096);
  const length = await file.read(end);
  return new TextDecoder("latin1").decode(end.subarray(0, length ?? 0)).includes(text);
}

function spawn(command: string, args: readonly string[], stdin: "null" | "piped"): Deno.ChildProcess {
  return new Deno.Command(command, {
    args: [...args],
    env: { PATH: SEARCH_PATH, ...env },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Writes at once what comes: a stream of the file would keep it to itself for a while. */
async function intoFile(stream: ReadableStream<Uint8Array>, path: string): Promise<void> {
  using file = Deno.openSync(path, { create: true, write: true, truncate: true });
  for await (const bytes of stream) for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
