/** Where the server listens, and how it ends. */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { parseListenAddress } from "../../src/server/listen_address.ts";
import { ApiServer } from "../../src/server/api_server.ts";
import { answerOf, ask, eventually, FakeObserved, RawClient, withServer } from "./support.ts";

Deno.test("addresses are read as Go reads them", () => {
  assert.deepEqual(parseListenAddress(":9091"), { host: "", port: 9091 });
  assert.deepEqual(parseListenAddress("127.0.0.1:0"), { host: "127.0.0.1", port: 0 });
  assert.deepEqual(parseListenAddress("[::1]:9091"), { host: "::1", port: 9091 });
  assert.deepEqual(parseListenAddress("localhost:80"), { host: "localhost", port: 80 });
  for (const wrong of ["", "9091", "::1:9091", "a:65536", "a:b", "[::1]", "http://a:80", "a b:80", ":"]) {
    assert.throws(() => parseListenAddress(wrong), (error: Error) => error.message.includes(`(${wrong})`), wrong);
  }
});

const ipv6 = Object.values(networkInterfaces()).flat().some((a) => a?.address === "::1");

Deno.test("an empty host is every address, of both families", async () => {
  await withServer({ address: ":0" }, async ({ port }) => {
    for (const host of ipv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]) {
      const client = new RawClient(port, true, host);
      client.send(`GET /-/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      assert.equal(answerOf(await client.rest()).status, 200, host);
    }
  });
});

Deno.test({
  name: "IPv6 loopback alone",
  ignore: !ipv6,
  fn: async () => {
    await withServer({ address: "[::1]:0" }, async ({ port }) => {
      const client = new RawClient(port, true, "::1");
      client.send(`GET /-/status HTTP/1.1\r\nHost: [::1]:${port}\r\nConnection: close\r\n\r\n`);
      assert.equal(answerOf(await client.rest()).status, 200);
    });
  },
});

Deno.test("an address that cannot be had is named", async () => {
  await withServer({}, async ({ port }) => {
    const other = (address: string) =>
      new ApiServer(
        { address, timeoutNs: 0, pprof: false, token: "", compileWhere: () => () => true },
        new FakeObserved(),
      );
    await assert.rejects(
      other(`127.0.0.1:${port}`).listen(),
      new RegExp(`^Error: cannot listen on server.address \\(127.0.0.1:${port}\\): another program listens there`),
    );
    await assert.rejects(
      other("192.0.2.1:9091").listen(),
      /server.address \(192.0.2.1:9091\): this machine has no such/,
    );
    await assert.rejects(other("nine").listen(), /server.address \(nine\) is no host:port/);
  });
});

Deno.test("closing lets an answer under way leave and cuts the rest", async () => {
  const observed = new FakeObserved();
  const server = new ApiServer({
    address: "127.0.0.1:0",
    timeoutNs: 0,
    pprof: false,
    token: "",
    compileWhere: () => () => true,
    limits: { farewellMs: 200 },
  }, observed);
  const { port } = await server.listen();
  let finish: (() => void) | undefined;
  observed.reload = () => new Promise((resolve) => finish = () => resolve({ ok: true, lines: ["done"] }));
  const idle = new RawClient(port);
  const half = new RawClient(port);
  half.send("GET /hea");
  const watching = new RawClient(port);
  watching.send("GET /watch?timeout=1h HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await watching.until((text) => text.includes("\r\n\r\n"));
  observed.protocolText = new Uint8Array(64_000_000);
  const stuck = new RawClient(port, false);
  stuck.send("GET /protocol/metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  const answer = ask(port, "POST /-/reload");
  await eventually(() => finish !== undefined && observed.calls.length > 0);
  const closed = server.close();
  finish!();
  assert.equal((await answer).body, "done\n");
  await closed;
  for (const client of [idle, half, watching, stuck]) await client.close();
  assert.match(watching.text, /\r\n0\r\n\r\n$/, "a stream ends as it should");
  assert.equal(server.connections, 0);
  assert.equal(observed.watchers.size, 0);
});
