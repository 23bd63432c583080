/** The screen of `packetd stats` in a real terminal, by tmux; needs root to capture on loopback. */
import assert from "node:assert/strict";
import { hasTmux, output, Tmux } from "../tools/tmux.ts";

const root = new URL("../../", import.meta.url).pathname;
const PORT = 18_095;

const isPossible = Deno.build.os === "linux" && Deno.uid() === 0 && hasTmux();

/** Answers requests, and asks them until it is told to end. */
async function withTraffic(test: () => Promise<void>): Promise<void> {
  const server = Deno.serve({ port: PORT, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    return new Response("x".repeat(100), { status: pathname === "/bad" ? 500 : 200 });
  });
  let isOver = false;
  const asking = (async () => {
    for (let i = 0; !isOver; i++) {
      for (const path of [`/users/${i}`, `/users/${i + 1}`, "/bad?token=s3cret"]) {
        const response = await fetch(`http://127.0.0.1:${PORT}${path}`, {
          headers: { Authorization: "Bearer s3cret" },
        });
        await response.text();
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  try {
    await test();
  } finally {
    isOver = true;
    await asking;
    await server.shutdown();
  }
}

/** What runs in the terminal; a shell behind it keeps the terminal, so that its state afterwards can be seen. */
function command(...flags: string[]): string {
  const program = `'${Deno.execPath()}' run --quiet --no-prompt --lock=deno.lock --allow-ffi --allow-read main.ts`;
  return `cd '${root}'; ${program} stats --proto 'http;${PORT}' --ifaces lo --interval 200ms ${flags.join(" ")}; ` +
    `echo status $?; stty -a; sleep 600`;
}

Deno.test({
  name: "the screen: rows, keys, sizes, round trips in full, and the terminal as it was",
  ignore: !isPossible,
  fn: () =>
    withTraffic(async () => {
      await using tmux = new Tmux();
      await tmux.start(80, 24, command("--by", "endpoint"));
      let screen = await tmux.until(/GET \/users\/\{id\} /);
      await tmux.until(/GET \/bad /);
      screen = await tmux.screen();
      assert.match(screen, /^packetd stats {2}lo {2}\d+ packets\/s .* dropped {2}coverage /);
      assert.match(screen, /\nendpoint +rate count errors +p50 +p99 +\*total minute\n/);
      assert.match(screen, /\ns sort .* q quit\n$/);
      assert.ok(screen.split("\n").every((line) => line.length <= 80));
      assert.equal(await tmux.fact("alternate_on"), "1");

      await tmux.keys("s");
      await tmux.until(/sort sent/);
      await tmux.keys("S", "S", "S");
      await tmux.until(/sort p99/);

      await tmux.keys("g");
      await tmux.until(/by protocol .*\n.*protocol .*\n *http +\d/);
      for (const name of ["server", "client", "status"]) {
        await tmux.keys("g");
        await tmux.until(new RegExp(`by ${name} `));
      }
      await tmux.until(/\n200 .*\n500 |\n500 .*\n200 /);
      await tmux.keys("g");
      await tmux.until(/by endpoint /);

      await tmux.keys("e");
      screen = await tmux.until(/errors only[^]*GET \/bad /);
      assert.doesNotMatch(screen, /users/);
      await tmux.keys("Enter");
      await tmux.until(/Last round trips of GET \/bad, the newest first\n\{\n {2}"Request"/);
      await tmux.resize(150, 60);
      screen = await tmux.until(/"URL": "\/bad\?token=\*\*\*"/);
      assert.match(screen, /"Authorization": \[\n +"\*\*\*"/);
      assert.doesNotMatch(screen, /s3cret/);
      await tmux.keys("Escape");
      await tmux.until(/received/); // wide enough for all columns
      await tmux.keys("e");
      await tmux.until(/GET \/users/);

      await tmux.keys("f");
      await tmux.until(/filter: _/);
      await tmux.keys("statsu = 500", "Enter");
      await tmux.until(/unknown name 'statsu'; did you mean status\?/);
      await tmux.keys("Escape", "f");
      await tmux.keys("status = 500", "Enter");
      screen = await tmux.until(/where status = 500[^]*GET \/bad /);
      assert.doesNotMatch(screen, /users/);

      await tmux.keys("p");
      const paused = await tmux.until(/PAUSED/);
      const table = (text: string) => text.split("\n").slice(3, 6).join("\n");
      await new Promise((resolve) => setTimeout(resolve, 600));
      assert.equal(table(await tmux.screen()), table(paused));
      await tmux.keys("p");
      await tmux.until(/sort p99 {2}where/);

      await tmux.resize(80, 24);
      await tmux.keys("q");
      screen = await tmux.until(/status 0/);
      assert.match(screen, /\n {2}http: \d+ requests, \d+ paired/);
      assert.equal(await tmux.fact("alternate_on"), "0");
      assert.equal(await tmux.fact("cursor_flag"), "1");
      await tmux.until(/ icanon /);
    }),
});

for (const [name, signal] of [["Ctrl-C", undefined], ["SIGTERM", "TERM"], ["SIGINT twice", "INT"]] as const) {
  Deno.test({
    name: `the terminal is given back after ${name}`,
    ignore: !isPossible,
    fn: () =>
      withTraffic(async () => {
        await using tmux = new Tmux();
        await tmux.start(80, 24, command());
        await tmux.until(/GET \/users\/\{id\} /);
        if (signal === undefined) await tmux.keys("C-c");
        else {
          const shell = await tmux.fact("pane_pid");
          const [pid] = (await output("pgrep", "-P", shell)).trim().split("\n");
          await output("kill", `-${signal}`, pid);
          if (signal === "INT") await output("kill", `-${signal}`, pid);
        }
        await tmux.until(/status (0|130)[^]* icanon /);
        assert.equal(await tmux.fact("alternate_on"), "0");
        assert.equal(await tmux.fact("cursor_flag"), "1");
      }),
  });
}
