/**
 * Where a live test plays: a folder of its own, free ports, and processes that are stopped by their process id, however
 * the test ends.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** How long a server may take to answer, and a process to end before it is killed. */
const READY_MS = 30_000, STOP_MS = 10_000;
/** How long a program may run; the first of a kind may have to download what it needs. */
const RUN_MS = 300_000;
const POLL_MS = 10;
/**
 * Debian keeps servers in `sbin`, which the path of a user may lack; a Go from go.dev is put into `/usr/local/go`, and is
 * newer than Debian's.
 */
export const SEARCH_PATH = `/usr/local/go/bin:${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`;

/** Progress and explanations go to standard error: standard output holds the result. */
export function say(text: string): void {
  console.error(text);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks again and again until the answer is yes. */
export async function until(what: string, check: () => boolean | Promise<boolean>, limitMs = READY_MS): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!await check()) {
    if (performance.now() > limit) throw new Error(`waited ${limitMs / 1000} s in vain: ${what}`);
    await pause(POLL_MS);
  }
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What ends the process in order; SIGTERM when it is not given. */
  readonly stopSignal?: Deno.Signal;
  /** Where standard output goes, a file in the stage's folder; beside standard error, into the log, without it. */
  readonly outputFile?: string;
}

/** A running program. */
export class Service {
  /** What it prints on standard error, and on standard output unless that was sent elsewhere. */
  readonly log: string;
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #stopSignal: Deno.Signal;
  #ended = false;

  constructor(readonly name: string, child: Deno.ChildProcess, log: string, stopSignal: Deno.Signal = "SIGTERM") {
    this.log = log;
    this.#child = child;
    this.#stopSignal = stopSignal;
    this.status = child.status.finally(() => this.#ended = true);
  }

  get pid(): number {
    return this.#child.pid;
  }

  kill(signal: Deno.Signal): void {
    if (!this.#ended) this.#child.kill(signal);
  }

  /** Waits until it is ready; a process that ends before that fails at once, with the end of its log. */
  async ready(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
    try {
      await until(`${this.name}: ${what}`, () => {
        if (this.#ended) throw new Error(`${this.name} ended before it was ready`);
        return check();
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await tail(this.log)}`);
    }
  }

  /** Waits until its log holds this text. */
  said(text: string): Promise<void> {
    return this.ready(`says "${text}"`, async () => (await Deno.readTextFile(this.log)).includes(text));
  }

  /** Waits until somebody listens on a TCP port. */
  listens(port: number): Promise<void> {
    return this.ready(`listens on port ${port}`, () => isListening(this.pid, port));
  }

  /** Ends it in order, or by force when it does not end. */
  async stop(): Promise<Deno.CommandStatus> {
    this.kill(this.#stopSignal);
    const timer = setTimeout(() => this.kill("SIGKILL"), STOP_MS);
    return await this.status.finally(() => clearTimeout(timer));
  }
}

async function tail(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").slice(-15).join("\n");
}

async function bound(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  const listening = once(socket, "listening");
  socket.bind(port, "127.0.0.1");
  await listening;
  return socket;
}

/**
 * Asks the kernel (proc_pid_net(5)) about the network namespace that a process lives in: to connect would leave packets
 * that a capture may still see.
 */
async function isListening(pid: number, port: number): Promise<boolean> {
  const address = `:${port.toString(16).toUpperCase().padStart(4, "0")}`, LISTEN = "0A";
  for (const table of [`/proc/${pid}/net/tcp`, `/proc/${pid}/net/tcp6`]) {
    const rows = (await Deno.readTextFile(table).catch(() => "")).split("\n").map((row) => row.trim().split(/\s+/));
    if (rows.some(([, local, , state]) => local?.endsWith(address) && state === LISTEN)) return true;
  }
  return false;
}

export class Stage {
  readonly #services: Service[] = [];
  readonly #closers: (() => unknown)[] = [];
  #closing: Promise<void> | undefined;

  private constructor(readonly name: string, readonly directory: string) {}

  static async open(name: string): Promise<Stage> {
    const directory = await Deno.makeTempDir({ prefix: `packetd-live-${name}-` });
    await Deno.chmod(directory, 0o755); // a server may run as a user of its own
    return new Stage(name, directory);
  }

  /** A path in the stage's folder. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Writes a file into the stage's folder, folders on the way included, and returns its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.path(name);
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
    return path;
  }

  /** A port of 127.0.0.1 that is free for TCP and UDP. */
  async freePort(): Promise<number> {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const datagrams = await bound(port).catch(() => undefined); // taken for UDP: another one
    if (datagrams === undefined) return await this.freePort();
    await new Promise<void>((resolve) => datagrams.close(resolve));
    return port;
  }

  /** A UDP socket on a port of 127.0.0.1 (any, when it is 0), closed with the stage. */
  async datagrams(port = 0): Promise<Socket> {
    const socket = await bound(port);
    this.atEnd(() => socket.close());
    return socket;
  }

  /** Starts a program that runs until the stage is closed, or it is stopped. What it prints goes to `NAME.log`. */
  async start(name: string, command: string, args: readonly string[], options: StartOptions = {}): Promise<Service> {
    const log = await this.write(`${name}.log`, "");
    const output = options.outputFile === undefined ? log : this.path(options.outputFile);
    // The shell opens the files and becomes the program: the process id stays, and nothing needs to be pumped.
    const child = new Deno.Command("sh", {
      args: ["-c", 'out=$1 log=$2; shift 2; exec "$@" >>"$out" 2>>"$log"', "sh", output, log, command, ...args],
      env: { PATH: SEARCH_PATH, ...options.env },
      cwd: options.cwd ?? this.directory,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return this.adopt(name, child, log, options.stopSignal);
  }

  /** Takes over a process that was started elsewhere: it ends with the stage. */
  adopt(name: string, child: Deno.ChildProcess, log: string, stopSignal?: Deno.Signal): Service {
    const service = new Service(name, child, log, stopSignal);
    if (this.#closing !== undefined) {
      service.kill("SIGKILL");
      throw new Error(`${name} was started too late: all is being stopped`);
    }
    this.#services.push(service);
    say(`${this.name}: started ${name} (pid ${service.pid})`);
    return service;
  }

  /**
   * Runs a program to its end and returns what it printed. Throws when its exit status is not among the allowed; a program
   * that does not end within 5 minutes is ended.
   */
  async run(command: string, args: readonly string[], allowed: readonly number[] = [0]): Promise<string> {
    const process = new Deno.Command(command, {
      args: [...args],
      env: { PATH: SEARCH_PATH },
      cwd: this.directory,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(RUN_MS),
    });
    const { code, stdout, stderr } = await process.output();
    const decoder = new TextDecoder();
    if (!allowed.includes(code)) throw new Error(`${command} ended with status ${code}: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  }

  /** What else must be closed at the end, last come first served. */
  atEnd(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Whether everything is being stopped, or was. */
  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Stops whatever still runs. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes, and removes the folder with all that was captured. */
  async remove(): Promise<void> {
    await this.close();
    await Deno.remove(this.directory, { recursive: true });
  }

  async #close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
    await Promise.all(this.#services.map((service) => service.stop()));
  }
}
