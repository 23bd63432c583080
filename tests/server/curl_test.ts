/** The API as people use it: with curl. */
import assert from "node:assert/strict";
import { eventually, withServer } from "./support.ts";

const curls = await isThere();

async function isThere(): Promise<boolean> {
  try {
    return (await new Deno.Command("curl", { args: ["--version"], stdout: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** Runs curl without its progress. @returns its status and what it printed */
async function curl(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout } = await new Deno.Command("curl", { args: ["-sS", "-m", "30", ...args] }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

Deno.test({
  name: "curl negotiates, sets a level as documented, and is told what is wrong",
  ignore: !curls,
  fn: async () => {
    await withServer({ address: ":0" }, async ({ port, observed }) => {
      const url = `http://localhost:${port}`;
      const type = ["-o", "/dev/null", "-w", "%{content_type}"];
      assert.equal((await curl(...type, `${url}/protocol/metrics`)).text, "text/plain; charset=utf-8");
      const accept =
        "Accept: application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
      assert.match(
        (await curl(...type, "-H", accept, `${url}/metrics`)).text,
        /^application\/openmetrics-text; version=1/,
      );
      const set = await curl("-XPOST", "-d", "level=debug", `${url}/-/logger`);
      assert.deepEqual([set.text, observed.calls.at(-1)], ['{"status": "success"}', "setLevel debug"]);
      const wrong = await curl("-f", "-XPOST", "-d", "level=loud", `${url}/-/logger`);
      assert.equal(wrong.code, 22, "curl -f fails");
      const large = await curl("-o", "/dev/null", "-w", "%{http_code}", "-d", "a".repeat(50_000), `${url}/-/logger`);
      assert.equal(large.text, "413");
      const rebound = await curl("--resolve", `evil.example:${port}:127.0.0.1`, `http://evil.example:${port}/-/status`);
      assert.match(rebound.text, /^\/-\/status answers programs on this machine/);
      const bearer = await curl(
        "-w",
        "%{http_code}",
        "-H",
        "Authorization: Bearer x",
        "-H",
        "Host: a",
        `${url}/-/status`,
      );
      assert.match(bearer.text, /set server\.token in the configuration\n403$/);
    });
  },
});

Deno.test({
  name: "curl watches until it is interrupted",
  ignore: !curls,
  fn: async () => {
    await withServer({}, async ({ port, observed }) => {
      const done = await curl("-N", `http://127.0.0.1:${port}/watch?timeout=100ms`);
      assert.deepEqual([done.code, done.text], [0, ""]);
      const child = new Deno.Command("curl", {
        args: ["-sN", `http://127.0.0.1:${port}/watch?timeout=1h`],
        stdout: "piped",
      }).spawn();
      await eventually(() => observed.watchers.size === 1);
      child.kill("SIGINT");
      await child.output();
      await eventually(() => observed.watchers.size === 0);
    });
  },
});
