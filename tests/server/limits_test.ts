/** What slow, many and malicious clients can do: every ceiling of `limits.ts`, with real sockets. */
import assert from "node:assert/strict";
import { answerOf, ask, eventually, RawClient, type Running, withServer } from "./support.ts";

const HEALTH = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** After an attack: what was counted, and that the server is well. */
async function assertWell({ server, port }: Running, reason: string, count = 1): Promise<void> {
  assert.equal(server.refused.counts.get(reason), count, JSON.stringify([...server.refused.counts]));
  assert.equal((await ask(port, "GET /healthz")).status, 200);
}

/** Sends bytes and reads until the server closes. */
async function provoke(port: number, bytes: string): Promise<string> {
  const client = new RawClient(port);
  client.send(bytes);
  return await client.rest();
}

Deno.test("slowloris: headers that drip, come half, or never", async () => {
  await withServer({ limits: { headerMs: 300 } }, async (running) => {
    const silent = new RawClient(running.port);
    const half = new RawClient(running.port);
    half.send("GET /metrics HTTP/1.1\r\nHost: a\r\n");
    const dripping = new RawClient(running.port);
    dripping.send("GET /metrics HTTP/1.1\r\n");
    const drip = setInterval(() => dripping.send("X-Drip: 1\r\n"), 20);
    for (const client of [silent, half, dripping]) {
      assert.match(await client.rest(), /^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n/);
      await client.close();
    }
    clearInterval(drip);
    await assertWell(running, "requests that came too slowly", 3);
  });
});

Deno.test("server.timeout holds for headers too where it is shorter", async () => {
  await withServer({ timeoutNs: 200e6 }, async (running) => {
    assert.match(await provoke(running.port, "GET / HTTP/1.1\r\n"), /^HTTP\/1\.1 408 /);
    await assertWell(running, "requests that came too slowly");
  });
});

Deno.test("a body that never comes ends with the time for a request", async () => {
  await withServer({ limits: { headerMs: 200, requestMs: 400 } }, async (running) => {
    const { port, observed } = running;
    await provoke(port, "POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nlevel=");
    await assertWell(running, "requests that came too slowly");
    assert.deepEqual(observed.calls, [], "half a request does nothing");
  });
});

Deno.test("header bombs: one long, many short, without end", async () => {
  await withServer({}, async (running) => {
    const { port } = running;
    const start = "GET /metrics HTTP/1.1\r\nHost: a\r\n";
    for (
      const bomb of [
        `${start}X: ${"a".repeat(20_000)}\r\n\r\n`,
        start + "X: a\r\n".repeat(20_000) + "\r\n",
        `${start}X: ${"a".repeat(3_000_000)}`,
        `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      ]
    ) {
      const text = await provoke(port, bomb);
      assert.ok(text === "" || text.startsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"), text);
    }
    assert.ok(running.server.refused.counts.get("headers that were too long")! >= 4);
    assert.equal((await ask(port, "GET /healthz")).status, 200);
    assert.deepEqual(running.observed.calls, []);
  });
});

Deno.test("headers are few, so that none hides behind many", async () => {
  await withServer({}, async (running) => {
    const { port, observed } = running;
    const many = Array.from({ length: 98 }, (_, i) => `X-${i}: a`); // Host and Connection come on top
    assert.equal((await ask(port, "POST /-/reset", many)).status, 200);
    const { status, body } = await ask(port, "POST /-/reset", [...many, "Origin: http://evil.example"]);
    assert.deepEqual([status, body], [431, "a request has at most 100 headers\n"]);
    assert.deepEqual(observed.calls, ["resetMetrics"]);
    await assertWell(running, "headers that were too many");
  });
});

Deno.test("a target may be long, not very long", async () => {
  await withServer({}, async (running) => {
    const { port } = running;
    assert.equal((await ask(port, `GET /healthz?${"a".repeat(8000)}`)).status, 200);
    const { status, body } = await ask(port, `GET /healthz?${"a".repeat(9000)}`);
    assert.deepEqual([status, body], [414, "a target has at most 8192 characters\n"]);
    await assertWell(running, "targets that were too long");
  });
});

Deno.test("bodies are small, whatever they say", async () => {
  await withServer({}, async (running) => {
    const { port, observed } = running;
    const head = "POST /-/logger?level=info HTTP/1.1\r\nHost: localhost\r\n";
    const long = "level=debug&" + "a".repeat(5000);
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;
    for (
      const request of [
        `${head}Content-Length: ${long.length}\r\n\r\n${long}`,
        `${head}Content-Length: 999999999999\r\n\r\n`,
        `${chunked}${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`,
      ]
    ) {
      const { status, headers, body } = answerOf(await provoke(port, request));
      assert.deepEqual([status, body], [413, "a body has at most 4096 bytes\n"]);
      assert.equal(headers.connection, "close");
    }
    assert.deepEqual(observed.calls, []);
    await assertWell(running, "bodies that were too long", 3);
    const { status } = answerOf(
      await provoke(port, `${head}Connection: close\r\nContent-Length: 11\r\n\r\nlevel=debug`),
    );
    assert.equal(status, 200);
    assert.deepEqual(observed.calls, ["setLevel debug"]);
  });
});

Deno.test("a body where none belongs closes the connection", async () => {
  await withServer({}, async ({ port }) => {
    const text = await provoke(
      port,
      "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\nGET /metrics HTTP/1.1",
    );
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n.*\r\nok\n$/s);
    assert.match(text, /\r\nConnection: close\r\n/);
  });
});

Deno.test("what is no HTTP, or two readings of it, is refused", async () => {
  await withServer({}, async (running) => {
    const { port, observed } = running;
    const host = "HTTP/1.1\r\nHost: localhost\r\n";
    const malformed = [
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      `GET /\xff\xfe\x80 ${host}\r\n`,
      `GET /metrics\0 ${host}\r\n`,
      `GET /metrics ${host}X\xff : a\r\n\r\n`,
      `POST /-/reload ${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `POST /-/reload ${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
      `POST /-/reload ${host}Content-Length: -1\r\n\r\n`,
      `POST /-/reload ${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      `POST /-/reload ${host} folded: a\r\n\r\n`,
      "GET /metrics HTTP/9.9\r\n\r\n",
      "\0".repeat(5000),
    ];
    for (const bytes of malformed) {
      const text = await provoke(port, bytes);
      assert.ok(text === "" || text.startsWith("HTTP/1.1 400 "), JSON.stringify([bytes.slice(0, 40), text]));
    }
    assert.deepEqual(observed.calls, []);
    await assertWell(running, "malformed requests", malformed.length);
  });
});

Deno.test("pipelined requests are answered in order, one after the other", async () => {
  await withServer({}, async ({ port, observed }) => {
    const client = new RawClient(port);
    const request = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
    client.send(
      request("/watch?max_message=1&timeout=150ms") + request("/metrics") +
        request("/-/status", "Connection: close\r\n"),
    );
    await eventually(() => observed.watchers.size === 1);
    assert.deepEqual(observed.calls, [], "the second waits for the first");
    assert.match(
      await client.rest(),
      /\r\n0\r\n\r\nHTTP\/1\.1 200 .*packetd_uptime 1\nHTTP\/1\.1 200 .*"version": "test"/s,
    );
  });
});

Deno.test("thousands of pipelined requests close the connection", async () => {
  await withServer({}, async (running) => {
    const { port, observed } = running;
    await provoke(port, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20_000));
    assert.ok(observed.calls.length < 10, `${observed.calls.length} were rendered`);
    await eventually(() => running.server.connections === 0);
    await assertWell(running, "connections with too many requests at once");
  });
});

Deno.test("a thousand connections: the most silent give way, and who watches stays", async () => {
  await withServer({ limits: { connections: 50 } }, async (running) => {
    const { port, server, observed } = running;
    const watcher = new RawClient(port);
    watcher.send("GET /watch?timeout=1h HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await eventually(() => observed.watchers.size === 1);
    const clients: RawClient[] = [];
    for (let i = 0; i < 1000; i++) {
      const client = new RawClient(port);
      clients.push(client);
      if (i % 50 === 49) await client.connected;
    }
    await eventually(() => clients.filter(({ isClosed }) => isClosed).length === 1000 + 1 - 50);
    assert.equal(server.connections, 50);
    assert.equal((await ask(port, "GET /metrics")).status, 200);
    assert.ok(!watcher.isClosed);
    for (const client of [...clients, watcher]) await client.close();
    await eventually(() => server.connections === 0);
    await assertWell(running, "connections closed because too many were open", 1000 + 1 - 50 + 1);
  });
});

Deno.test("a connection that asks from time to time outlives silent ones", async () => {
  await withServer({ limits: { connections: 3 } }, async ({ port }) => {
    const active = new RawClient(port);
    for (let i = 0; i < 9; i++) {
      active.text = "";
      active.send(HEALTH);
      await active.until((text) => text.endsWith("ok\n"));
      await new RawClient(port).connected;
    }
    assert.ok(!active.isClosed);
    await active.close();
  });
});

Deno.test("clients that never read large metrics are given up for those that do", async () => {
  await withServer({ limits: { scrapes: 3 } }, async (running) => {
    const { port, observed, server } = running;
    const line = 'http_requests_total{path="/a"} 1.000000\n';
    observed.protocolText = line.repeat(500_000);
    const stuck: RawClient[] = [];
    for (let i = 0; i < 5; i++) {
      stuck.push(new RawClient(port, false));
      stuck[i].send("GET /protocol/metrics HTTP/1.1\r\nHost: a\r\n\r\n");
      await eventually(() => observed.calls.length === i + 1 || server.connections === Math.min(i + 1, 3));
    }
    await eventually(() => server.refused.counts.get("scrapes given up for newer ones") === 2);
    const { body } = await ask(port, "GET /protocol/metrics");
    assert.ok(body === observed.protocolText, "whole and unchanged, though sent in pieces");
    for (const client of stuck) await client.close();
    await eventually(() => server.connections === 0);
  });
});

Deno.test("a client that stops reading is cut by server.timeout, or else when it stalls", async () => {
  for (
    const [options, reason] of [
      [{ timeoutNs: 200e6 }, "exchanges that took longer than server.timeout"],
      [{ timeoutNs: 0, limits: { stallMs: 200 } }, "clients that read too slowly"],
    ] as const
  ) {
    await withServer(options, async (running) => {
      const { port, observed, server } = running;
      observed.protocolText = new Uint8Array(64_000_000);
      const client = new RawClient(port, false);
      client.send("GET /protocol/metrics HTTP/1.1\r\nHost: a\r\n\r\n");
      await eventually(() => observed.calls.length === 1);
      await eventually(() => server.connections === 0);
      await client.close();
      observed.protocolText = "";
      await assertWell(running, reason);
    });
  }
});

Deno.test("server.timeout also ends an exchange that the agent does not finish", async () => {
  await withServer({ timeoutNs: 150e6 }, async (running) => {
    running.observed.reload = () => new Promise(() => {});
    assert.equal(await provoke(running.port, "POST /-/reload HTTP/1.1\r\nHost: localhost\r\n\r\n"), "");
    await assertWell(running, "exchanges that took longer than server.timeout");
  });
});

Deno.test("a client that sends its request and hangs up still gets its answer", async () => {
  await withServer({}, async ({ port }) => {
    const client = new RawClient(port);
    client.send(HEALTH);
    client.hangUp();
    assert.match(await client.rest(), /\r\n\r\nok\n$/);
  });
});

Deno.test("clients that leave in the middle leave nothing behind", async () => {
  await withServer({}, async (running) => {
    const { port, observed, server } = running;
    observed.protocolText = new Uint8Array(8_000_000);
    for (let i = 0; i < 200; i++) {
      const client = new RawClient(port);
      await client.connected;
      client.send(
        ["GET /protocol/metrics HTTP/1.1\r\nHost: a\r\n\r\n", "GET /", HEALTH, "POST /-/reload HTTP/1.1\r\n"][i % 4],
      );
      if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      await client.close();
    }
    await eventually(() => server.connections === 0);
    assert.equal((await ask(port, "GET /healthz")).status, 200);
  });
});

Deno.test("an idle connection is closed after the keep-alive time", async () => {
  await withServer({ limits: { keepAliveMs: 100 } }, async ({ port, server }) => {
    const client = new RawClient(port);
    client.send(HEALTH);
    assert.match(await client.rest(), /\r\nConnection: keep-alive\r\n.*ok\n$/s);
    await eventually(() => server.connections === 0);
  });
});
