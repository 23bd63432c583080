/** Every route as the contract has it: status, headers and bodies. */
import assert from "node:assert/strict";
import { ask, eventually, withServer } from "./support.ts";

Deno.test("metrics have the contract's types", async () => {
  await withServer({}, async ({ port }) => {
    const self = await ask(port, "GET /metrics");
    assert.equal(self.status, 200);
    assert.equal(self.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
    assert.equal(self.body, "packetd_uptime 1\n");
    const protocols = await ask(port, "GET /protocol/metrics");
    assert.equal(protocols.status, 200);
    assert.equal(protocols.headers["content-type"], "text/plain; charset=utf-8");
    assert.equal(protocols.headers["content-length"], "56");
    assert.equal(protocols.body, "udp_active_conns{} 0.000000\ntcp_active_conns{} 0.000000\n");
  });
});

Deno.test("who prefers OpenMetrics gets it", async () => {
  await withServer({}, async ({ port, observed }) => {
    for (const path of ["/metrics", "/protocol/metrics"]) {
      const { headers, body } = await ask(port, `GET ${path}`, ["Accept: application/openmetrics-text"]);
      assert.equal(headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
      assert.equal(headers.vary, "Accept");
      assert.equal(body, "# EOF\n");
    }
    assert.deepEqual(observed.calls, ["selfMetrics openmetrics", "protocolMetrics openmetrics"]);
  });
});

Deno.test("a level is set by form or query, and a wrong one is told", async () => {
  await withServer({}, async ({ port, observed }) => {
    const form = ["Content-Type: application/x-www-form-urlencoded"];
    for (
      const answer of [
        await ask(port, "POST /-/logger", form, "level=warn"),
        await ask(port, "POST /-/logger?level=%20DEBUG%20"),
        await ask(port, "POST /-/logger?level=error", form, "level=info"),
      ]
    ) {
      assert.equal(answer.status, 200);
      assert.equal(answer.body, '{"status": "success"}');
      assert.equal(answer.headers["content-type"], "text/plain; charset=utf-8");
    }
    assert.deepEqual(observed.calls, ["setLevel warn", "setLevel debug", "setLevel info"]);
    const wrong = await ask(port, "POST /-/logger", form, "level=nonsense%1b[2J");
    assert.equal(wrong.status, 400);
    assert.equal(
      wrong.body,
      "there is no level (nonsense\\x1b[2J); levels are debug, info, warn, error, such as in: curl -d level=info .../-/logger\n",
    );
    assert.match((await ask(port, "POST /-/logger")).body, /^level is missing; levels are debug, info, warn, error/);
    assert.equal(observed.calls.length, 3);
  });
});

Deno.test("a reload says what came of it", async () => {
  await withServer({}, async ({ port, observed }) => {
    observed.outcome = { ok: true, lines: ["sniffer: ports 80, 8080", "server.address needs a restart"] };
    const done = await ask(port, "POST /-/reload");
    assert.deepEqual([done.status, done.body], [200, "sniffer: ports 80, 8080\nserver.address needs a restart\n"]);
    observed.outcome = { ok: false, lines: ["line 3: there is no key (snifer)"] };
    const refused = await ask(port, "POST /-/reload");
    assert.deepEqual([refused.status, refused.body], [409, "line 3: there is no key (snifer)\n"]);
    observed.outcome = new Error("the file is gone");
    const failed = await ask(port, "POST /-/reload");
    assert.deepEqual([failed.status, failed.body], [500, "packetd failed to answer: the file is gone\n"]);
  });
});

Deno.test("one reload at a time", async () => {
  await withServer({}, async ({ port, observed }) => {
    let finish: (() => void) | undefined;
    observed.reload = () => new Promise((resolve) => finish = () => resolve({ ok: true, lines: [] }));
    const first = ask(port, "POST /-/reload");
    await eventually(() => finish !== undefined);
    const second = await ask(port, "POST /-/reload");
    assert.deepEqual([second.status, second.body], [409, "a reload is under way already\n"]);
    finish?.();
    assert.equal((await first).status, 200);
  });
});

Deno.test("a reset is seen by the next scrape", async () => {
  await withServer({}, async ({ port, observed }) => {
    observed.resetMetrics = () => observed.protocolText = "";
    await ask(port, "GET /protocol/metrics");
    assert.deepEqual((await ask(port, "POST /-/reset")).status, 200);
    assert.equal((await ask(port, "GET /protocol/metrics")).body, "");
  });
});

Deno.test("status, health and readiness", async () => {
  await withServer({}, async ({ port, observed }) => {
    const status = await ask(port, "GET /-/status");
    assert.equal(status.headers["content-type"], "application/json");
    assert.equal(status.body, '{\n  "version": "test",\n  "interfaces": [\n    "lo"\n  ]\n}\n');
    assert.deepEqual((await ask(port, "GET /healthz")).body, "ok\n");
    observed.ready = { ready: true, lines: ["traces: http://127.0.0.1:4318 does not answer"] };
    const ready = await ask(port, "GET /readyz");
    assert.deepEqual([ready.status, ready.body], [200, "ready\ntraces: http://127.0.0.1:4318 does not answer\n"]);
    observed.ready = { ready: false, lines: ["no interface is captured"] };
    const not = await ask(port, "GET /readyz");
    assert.deepEqual([not.status, not.body], [503, "not ready\nno interface is captured\n"]);
    const head = await ask(port, "HEAD /healthz");
    assert.deepEqual([head.status, head.headers["content-length"], head.body], [200, "3", ""]);
  });
});

Deno.test("an unknown path is 404, however it is written", async () => {
  const paths = ["/", "/watch/", "/Metrics", "//metrics", "/./metrics", "/-/../metrics", "/%6detrics", "/metrics%00"];
  await withServer({}, async ({ port, observed }) => {
    for (const path of [...paths, "/debug/pprof/", "/debug/pprof/heap", "/-/", "/metrics;a=b", "/metrics/../watch"]) {
      const { status, headers, body } = await ask(port, `GET ${path}`);
      assert.deepEqual([path, status, body], [path, 404, "404 page not found\n"]);
      assert.equal(headers["content-type"], "text/plain; charset=utf-8");
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["content-length"], "19");
    }
    assert.deepEqual(observed.calls, []);
  });
});

Deno.test("another method is 405 with the methods that there are", async () => {
  await withServer({}, async ({ port, observed }) => {
    for (
      const [line, allow] of [
        ["HEAD /metrics", "GET"],
        ["POST /metrics", "GET"],
        ["DELETE /protocol/metrics", "GET"],
        ["HEAD /watch", "GET"],
        ["OPTIONS /watch", "GET"],
        ["GET /-/logger", "POST"],
        ["PUT /-/reload", "POST"],
        ["GET /-/reset", "POST"],
        ["POST /healthz", "GET, HEAD"],
      ]
    ) {
      const { status, headers, body } = await ask(port, line);
      assert.deepEqual([line, status, headers.allow, body], [line, 405, allow, ""]);
    }
    assert.deepEqual(observed.calls, []);
  });
});

Deno.test("absolute form names a path too; other forms name none", async () => {
  await withServer({}, async ({ port }) => {
    assert.equal((await ask(port, `GET http://localhost:${port}/healthz`)).body, "ok\n");
    assert.equal((await ask(port, `GET http://localhost:${port}?a=b`)).status, 404);
    assert.equal((await ask(port, "OPTIONS *")).status, 400);
    assert.equal((await ask(port, "GET ftp://localhost/healthz")).status, 400);
  });
});

Deno.test("a handler that throws is a 500, and the server goes on", async () => {
  await withServer({}, async ({ port, observed, server }) => {
    observed.status = () => {
      throw new Error("no status today");
    };
    const { status, body } = await ask(port, "GET /-/status");
    assert.deepEqual([status, body], [500, "packetd failed to answer: no status today\n"]);
    assert.equal(server.refused.counts.get("exchanges that failed"), 1);
    assert.equal((await ask(port, "GET /healthz")).status, 200);
  });
});
