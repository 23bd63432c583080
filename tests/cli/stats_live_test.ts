/** `packetd stats` on an interface, and on what tcpdump recorded there: the same packets give the same counts. */
import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url).pathname;
const PORT = 18_096;

function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

function stats(...args: string[]): Deno.ChildProcess {
  const permissions = ["--quiet", "--no-prompt", "--lock=deno.lock", "--allow-ffi", "--allow-read"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, "main.ts", "stats", "--proto", `http;${PORT}`, "--format", "json", ...args],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Reads on until the text matches; what follows is read too, so that the writer never waits. */
async function until(stream: ReadableStream<Uint8Array>, wanted: RegExp): Promise<void> {
  const reader = stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = "";
  while (!wanted.test(text)) {
    const { value, done } = await reader.read();
    if (done) assert.fail(`ended before ${wanted}: ${text}`);
    text += value;
  }
  (async () => {
    while (!(await reader.read()).done);
  })();
}

async function ask(): Promise<void> {
  const server = Deno.serve({ port: PORT, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    return new Response("x".repeat(pathname.length), { status: pathname.startsWith("/bad") ? 500 : 200 });
  });
  for (let i = 0; i < 300; i++) {
    const path = i % 10 === 0 ? `/bad/${i}` : `/users/${i}`;
    await (await fetch(`http://127.0.0.1:${PORT}${path}`)).text();
  }
  await server.shutdown();
}

Deno.test({
  name: "the same counts live and from the file of the same packets",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0 || !isThere("tcpdump"),
  fn: async () => {
    const path = await Deno.makeTempFile({ suffix: ".pcap" });
    try {
      const live = stats("--ifaces", "lo", "--interval", "1h");
      const precision = "--time-stamp-precision=nano";
      const tcpdump = new Deno.Command("tcpdump", {
        args: ["-i", "lo", "-U", "-s", "2000", "-B", "16384", precision, "-w", path, `tcp port ${PORT}`],
        stdout: "null",
        stderr: "piped",
      }).spawn();
      await Promise.all([until(live.stderr, /sniffer add device \(lo\)/), until(tcpdump.stderr, /listening on/)]);
      await ask();
      await new Promise((resolve) => setTimeout(resolve, 1500)); // tcpdump writes once a second
      live.kill("SIGINT");
      tcpdump.kill("SIGINT");
      const table = JSON.parse(await new Response(live.stdout).text());
      await Promise.all([live.status, tcpdump.status]);
      const { stdout } = await stats("--pcap.file", path).output();
      const recorded = JSON.parse(new TextDecoder().decode(stdout));
      assert.equal(table.groups.length, 2);
      const counts = (groups: Record<string, unknown>[]) =>
        groups.map(({ endpoint, count, errors, unanswered, requestBytes, responseBytes }) =>
          [endpoint, count, errors, unanswered, requestBytes, responseBytes].join()
        ).sort();
      assert.deepEqual(counts(table.groups), counts(recorded.groups));
      for (const group of table.groups) {
        const other = recorded.groups.find(({ endpoint }: { endpoint: string }) => endpoint === group.endpoint);
        // The kernel gives each of the two its own time of a packet, some nanoseconds apart.
        const near = Math.abs(group.p50Ns - other.p50Ns) <= 0.03 * other.p50Ns + 50e3;
        assert.ok(near, `${group.p50Ns} and ${other.p50Ns}`);
      }
    } finally {
      await Deno.remove(path);
    }
  },
});
