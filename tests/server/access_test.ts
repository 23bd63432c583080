/** Who may use what shows traffic or changes the agent. */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { type Answer, answerOf, ask, RawClient, withServer } from "./support.ts";

const GUARDED = ["GET /watch", "GET /-/status", "POST /-/logger?level=info", "POST /-/reload", "POST /-/reset"];
const OPEN = ["GET /metrics", "GET /protocol/metrics", "GET /healthz", "GET /readyz"];

Deno.test("a name that resolves to loopback is no loopback name", async () => {
  await withServer({}, async ({ port, observed }) => {
    for (
      const host of ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example", "localhost@evil.example", ""]
    ) {
      for (const line of GUARDED) {
        const { status, body } = await ask(port, line, [`Host: ${host}`]);
        assert.deepEqual([line, host, status], [line, host, 403]);
        assert.match(body, /^\/.* answers programs on this machine .*; to let others in, set server\.token in/);
      }
      for (const line of OPEN) assert.equal((await ask(port, line, [`Host: ${host}`])).status, 200);
    }
    assert.equal(observed.watchers.size, 0);
    assert.ok(!observed.calls.includes("reload") && !observed.calls.includes("resetMetrics"));
  });
});

Deno.test("loopback names and addresses are let in", async () => {
  await withServer({}, async ({ port }) => {
    for (const host of ["localhost", `LOCALHOST:${port}`, "127.0.0.1", "127.1.2.3:80", "[::1]", `[::1]:${port}`]) {
      assert.equal((await ask(port, "GET /-/status", [`Host: ${host}`])).status, 200, host);
    }
  });
});

Deno.test("pages of other sites are kept out, this server's own are not", async () => {
  await withServer({}, async ({ port }) => {
    const status = async (...headers: string[]) => (await ask(port, "POST /-/reset", headers)).status;
    assert.equal(await status("Origin: https://evil.example"), 403);
    assert.equal(await status("Origin: null"), 403);
    assert.equal(await status("Origin: http://localhost:3000"), 403);
    assert.equal(await status("Sec-Fetch-Site: cross-site"), 403);
    assert.equal(await status("Sec-Fetch-Site: same-site"), 403);
    assert.equal(await status(`Origin: http://localhost:${port}`, "Sec-Fetch-Site: same-origin"), 200);
    assert.equal(await status("Sec-Fetch-Site: none"), 200);
  });
});

Deno.test("a proxy on this machine speaks for others", async () => {
  await withServer({}, async ({ port }) => {
    for (const header of ["X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1", "Via: 1.1 proxy"]) {
      assert.equal((await ask(port, "GET /-/status", [header])).status, 403, header);
    }
  });
});

Deno.test("the authority of an absolute target counts, not the Host header", async () => {
  await withServer({}, async ({ port }) => {
    assert.equal((await ask(port, "GET http://evil.example/-/status")).status, 403);
    assert.equal((await ask(port, "GET http://localhost/-/status", ["Host: evil.example"])).status, 200);
  });
});

Deno.test("two Host headers, or none, are not taken for a good one", async () => {
  await withServer({}, async ({ port }) => {
    assert.equal((await ask(port, "GET /-/status", ["Host: localhost", "Host: evil.example"])).status, 400);
    const old = new RawClient(port);
    old.send("GET /-/status HTTP/1.0\r\n\r\n");
    assert.equal(answerOf(await old.rest()).status, 403);
  });
});

Deno.test("the token opens what is guarded, whoever asks", async () => {
  await withServer({ token: "s3cret-t\u00f6ken" }, async ({ port, server }) => {
    const as = (value: string): Promise<Answer> =>
      ask(port, "GET /-/status", ["Host: agent.example", `Authorization: ${value}`]);
    const token = new TextEncoder().encode("s3cret-t\u00f6ken").reduce(
      (text, byte) => text + String.fromCharCode(byte),
      "",
    );
    assert.equal((await as(`Bearer ${token}`)).status, 200);
    assert.equal((await as(`bearer  ${token}`)).status, 200);
    for (const wrong of ["Bearer", "Bearer ", "Bearer x", `Bearer ${token}x`, `Basic ${token}`, token]) {
      const { status, headers, body } = await as(wrong);
      assert.deepEqual([wrong, status, headers["www-authenticate"]], [wrong, 401, 'Bearer realm="packetd"']);
      assert.ok(!body.includes("s3cret"));
    }
    server.reconfigure("other", 0);
    assert.equal((await as(`Bearer ${token}`)).status, 401);
    assert.equal((await as("Bearer other")).status, 200);
    assert.equal((await ask(port, "GET /-/status")).status, 200, "this machine needs no token");
  });
});

Deno.test("an empty token lets nobody in", async () => {
  await withServer({}, async ({ port }) => {
    for (const value of ["Bearer ", "Bearer", "Bearer undefined"]) {
      assert.equal((await ask(port, "GET /-/status", ["Host: a", `Authorization: ${value}`])).status, 403);
    }
  });
});

const outside = Object.values(networkInterfaces()).flat().find((a) => a?.family === "IPv4" && !a.internal)?.address;

Deno.test({
  name: "a peer that is not on loopback is a stranger under every name",
  ignore: outside === undefined,
  fn: async () => {
    await withServer({ address: ":0" }, async ({ port }) => {
      for (const [path, expected] of [["/-/status", 403], ["/watch", 403], ["/healthz", 200]] as const) {
        const client = new RawClient(port, true, outside);
        client.send(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`);
        assert.equal(answerOf(await client.rest()).status, expected);
      }
    });
  },
});
