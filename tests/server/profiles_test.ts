/** `/debug/pprof/`: what V8 has in place of Go's profiles. */
import assert from "node:assert/strict";
import { ask, RawClient, withServer } from "./support.ts";

Deno.test("a CPU profile for Chrome's developer tools", async () => {
  await withServer({ pprof: true }, async ({ port }) => {
    const { status, headers, body } = await ask(port, "GET /debug/pprof/profile?seconds=0.2");
    assert.equal(status, 200);
    assert.equal(headers["content-disposition"], 'attachment; filename="packetd.cpuprofile"');
    const profile = JSON.parse(body);
    assert.ok(profile.nodes.length > 0 && profile.samples.length === profile.timeDeltas.length);
  });
});

Deno.test("a heap snapshot, or the reason why there is none", async () => {
  await withServer({ pprof: true }, async ({ port }) => {
    const { status, headers, body } = await ask(port, "GET /debug/pprof/heap");
    if (status === 503) return assert.match(body, /^the heap \(\d+ bytes\) is too large/); // after many other tests
    assert.equal(status, 200);
    assert.equal(headers["content-disposition"], 'attachment; filename="packetd.heapsnapshot"');
    assert.ok(JSON.parse(body).snapshot.node_count > 0);
  });
});

Deno.test("one profile at a time; who leaves ends his", async () => {
  await withServer({ pprof: true }, async ({ port }) => {
    const first = new RawClient(port);
    first.send("GET /debug/pprof/profile HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let status = 0;
    while (status !== 503) ({ status } = await ask(port, "GET /debug/pprof/profile?seconds=0.01"));
    await first.close();
    while (status !== 200) ({ status } = await ask(port, "GET /debug/pprof/profile?seconds=0.01"));
  });
});

Deno.test("profiles are as long as server.timeout allows, and have no other names", async () => {
  await withServer({ pprof: true, timeoutNs: 10e9 }, async ({ port }) => {
    for (const seconds of ["10", "0", "-1", "banana"]) {
      const { status, body } = await ask(port, `GET /debug/pprof/profile?seconds=${seconds}`);
      assert.deepEqual([status, body], [400, "seconds is a number above 0 and up to 9, which server.timeout leaves\n"]);
    }
    for (const name of ["goroutine", "", "cmdline", "constructor", "heap/"]) {
      const { status, body } = await ask(port, `GET /debug/pprof/${name}`);
      assert.equal(status, 404);
      assert.match(
        body,
        /^packetd is no Go program: there are \/debug\/pprof\/profile\?seconds=30 .*heap snapshot\)\n$/,
      );
    }
    assert.equal((await ask(port, "GET /debug/pprof/heap", ["Host: evil.example"])).status, 403);
    assert.equal((await ask(port, "POST /debug/pprof/heap")).status, 405);
  });
});

Deno.test({
  name: "without the permission for V8's inspector, a profile is 404 with a sentence",
  permissions: { net: true, sys: false },
  fn: async () => {
    await withServer({ pprof: true }, async ({ port }) => {
      const { status, body } = await ask(port, "GET /debug/pprof/heap");
      assert.equal(status, 404);
      assert.match(body, /^V8's inspector cannot be used here: .*--allow-sys/);
    });
  },
});
