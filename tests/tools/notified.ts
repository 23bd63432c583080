/** A service manager that only listens: the messages that a service sends it (sd_notify(3)). */

/** Prints every datagram of a Unix socket, a line each, and says first that it listens. */
const RECEIVER = `
  const [path] = Deno.args;
  const socket = Deno.listenDatagram({ path, transport: "unixpacket" });
  Deno.chmodSync(path, 0o777); // the service may be another user
  console.log("listening");
  for await (const [bytes] of socket) console.log(JSON.stringify(new TextDecoder().decode(bytes)));
`;

export class Notified {
  /** Of the socket: NOTIFY_SOCKET. Nobody listens there before `listen`. */
  readonly path: string;
  readonly #folder: string;
  #child: Deno.ChildProcess | undefined;
  #output: ReadableStreamDefaultReader<string> | undefined;
  #rest = "";

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = `${folder}/notify`;
  }

  /** @param dir where its folder is made; without it, where temporary files are */
  static async make(dir?: string): Promise<Notified> {
    const folder = await Deno.makeTempDir({ dir });
    await Deno.chmod(folder, 0o755);
    return new Notified(folder);
  }

  async listen(): Promise<void> {
    // Another process, since only --unstable-net lets one listen for datagrams.
    const source = `${this.#folder}/receiver.ts`;
    await Deno.writeTextFile(source, RECEIVER);
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "--no-lock", "--unstable-net", "--allow-all", source, this.path],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    await this.#line();
  }

  /** The next message. */
  async next(): Promise<string> {
    return JSON.parse(await this.#line());
  }

  /** The next message that is not only a sign of life. */
  async nextNews(): Promise<string> {
    for (;;) {
      const message = await this.next();
      if (message !== "WATCHDOG=1") return message;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#output?.cancel();
    this.#child?.kill();
    await this.#child?.status;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #line(): Promise<string> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#output!.read();
      if (done) throw new Error("the receiver has ended");
      this.#rest += value;
    }
    const [line, ...more] = this.#rest.split("\n");
    this.#rest = more.join("\n");
    return line;
  }
}
