/** `/watch`: what a client is shown, and what it loses. */
import assert from "node:assert/strict";
import { JsonWriter } from "../../src/core/json.ts";
import type { Protocol } from "../../src/core/protocol.ts";
import type { RoundTrip } from "../../src/core/roundtrip.ts";
import { JsonLines } from "../../src/export/json_lines.ts";
import { Lane } from "../../src/lane/lane.ts";
import { loadCase } from "../tools/cases.ts";
import { answerOf, ask, eventually, type FakeObserved, RawClient, type Running, withServer } from "./support.ts";

/** Round trips that print a number and some padding. */
function roundTripOf(number: number, padding = 0): RoundTrip {
  const protocol = {
    name: "test",
    request: (_: RoundTrip, json: JsonWriter) => json.ascii(`{"Number":${number},"Padding":"${"x".repeat(padding)}"}`),
    response: (_: RoundTrip, json: JsonWriter) => json.ascii("{}"),
    asked: () => `number ${number}`,
    result: () => "done",
    failed: () => false,
  } as unknown as Protocol;
  const endpoint = { host: "10.0.0.1", port: 80 };
  return {
    protocol,
    flow: { client: endpoint, server: endpoint },
    answered: true,
    requestSec: 0,
    requestNsec: 0,
    responseBytes: 0,
    durationNs: 5000,
  } as RoundTrip;
}

/** A client that watches, once the agent knows of it. */
async function watch({ port, observed }: Running, query: string, reads = true): Promise<RawClient> {
  const before = observed.watchers.size;
  const client = new RawClient(port, reads);
  client.send(`GET /watch?${query} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await eventually(() => observed.watchers.size > before);
  return client;
}

/** The content of an answer that has ended, or not yet. */
function contentOf(text: string): string {
  return answerOf(text).body;
}

const hasEnded = (text: string) => text.endsWith("\r\n0\r\n\r\n");

Deno.test("a client sees the lines that log prints, with secrets masked", async () => {
  const { packets, rules, expected } = await loadCase("http", "secrets-masked");
  await withServer({}, async (running) => {
    const client = await watch(running, `max_message=${expected.length}&timeout=1m`);
    const lane = new Lane(rules, {
      roundTrip: (roundTrip) => running.observed.show(roundTrip),
      unanswered: () => {},
    });
    for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
      lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
    }
    lane.close();
    const { status, headers, body } = answerOf(await client.until(hasEnded));
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "text/plain; charset=utf-8");
    assert.equal(headers["transfer-encoding"], "chunked");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.deepEqual(body.split("\n").slice(0, -1), expected);
    assert.ok(body.includes("***"));
    await client.close();
  });
});

Deno.test("headers come at once; the stream ends when nothing comes for a while", async () => {
  await withServer({}, async (running) => {
    const client = await watch(running, "timeout=100ms");
    const head = await client.until((text) => text.includes("\r\n\r\n"));
    assert.ok(!hasEnded(head));
    running.observed.show(roundTripOf(1));
    assert.match(contentOf(await client.until(hasEnded)), /^\{"Request":\{"Number":1,.*\}\n$/);
    await eventually(() => running.observed.watchers.size === 0);
    await client.close();
  });
});

Deno.test("a stream ends after max_message round trips, and the connection serves on", async () => {
  await withServer({}, async (running) => {
    const client = await watch(running, "max_message=2&timeout=1m");
    for (let i = 0; i < 5; i++) running.observed.show(roundTripOf(i));
    const content = contentOf(await client.until(hasEnded));
    assert.deepEqual(content.match(/"Number":\d/g), ['"Number":0', '"Number":1']);
    client.text = "";
    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert.equal(answerOf(await client.until((text) => text.endsWith("ok\n"))).status, 200);
    await client.close();
  });
});

Deno.test("numbers that are none mean the defaults", async () => {
  await withServer({}, async (running) => {
    for (const query of ["max_message=banana&timeout=1m", "max_message=-3&timeout=1m", "max_message=&timeout=1m"]) {
      const client = await watch(running, query);
      for (let i = 0; i < 150; i++) running.observed.show(roundTripOf(i));
      assert.equal(contentOf(await client.until(hasEnded)).split("\n").length - 1, 100, query);
      await client.close();
    }
  });
});

Deno.test("server.timeout ends a stream properly", async () => {
  await withServer({ timeoutNs: 150e6 }, async (running) => {
    const client = await watch(running, "timeout=1h&max_message=9999999");
    running.observed.show(roundTripOf(7));
    assert.match(contentOf(await client.until(hasEnded)), /"Number":7/);
    await client.close();
  });
});

Deno.test("where chooses, and a wrong expression is told", async () => {
  const compileWhere = (text: string) => {
    if (text !== "odd") throw new Error("unknown name (even) at column 1");
    let i = 0;
    return () => i++ % 2 === 1;
  };
  await withServer({ compileWhere }, async (running) => {
    const client = await watch(running, "max_message=2&timeout=1m&where=odd");
    for (let i = 0; i < 9; i++) running.observed.show(roundTripOf(i));
    const content = contentOf(await client.until(hasEnded));
    assert.deepEqual(content.match(/"Number":\d/g), ['"Number":1', '"Number":3']);
    await client.close();
    const wrong = await ask(running.port, "GET /watch?where=even");
    assert.deepEqual([wrong.status, wrong.body], [400, "where: unknown name (even) at column 1\n"]);
  });
});

Deno.test("text for people; what there is not is told", async () => {
  await withServer({}, async (running) => {
    const client = await watch(running, "max_message=1&format=text&timeout=1m");
    running.observed.show(roundTripOf(1));
    assert.match(
      contentOf(await client.until(hasEnded)),
      /10\.0\.0\.1:80 .* test {2}number 1 .* done .* 5µs\n$/,
    );
    await client.close();
    const format = await ask(running.port, "GET /watch?format=xml");
    assert.deepEqual([format.status, format.body], [400, "there is no format (xml); there are json and text\n"]);
    const name = await ask(running.port, "GET /watch?wher=x");
    assert.equal(name.status, 400);
    assert.match(
      name.body,
      /^there is no parameter \(wher\) of \/watch; there are max_message, timeout, where, format\n$/,
    );
    assert.equal((await ask(running.port, "GET /watch?%ff%00=%")).status, 400);
  });
});

/** Shows round trips until the client begins to lose some. @returns how many it did not lose */
async function overrun(observed: FakeObserved, padding: number): Promise<number> {
  let shown = 0;
  for (; observed.lost === 0; shown++) {
    observed.show(roundTripOf(shown, padding));
    if (shown % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return shown - 1;
}

for (const format of ["json", "text"]) {
  Deno.test(`a slow reader is told in ${format} what it lost, and in which place`, async () => {
    await withServer({ limits: { watchBytes: 200_000 } }, async (running) => {
      const { observed } = running;
      const client = await watch(running, `format=${format}&max_message=9999999&timeout=1m`, false);
      const kept = await overrun(observed, 500);
      for (let i = 0; i < 6; i++) observed.show(roundTripOf(kept));
      assert.equal(observed.lost, 7);
      client.read();
      await eventually(() => {
        observed.show(roundTripOf(1_000_000_000));
        return client.text.includes("1000000000");
      });
      const lines = contentOf(client.text).split("\n");
      const notice = lines.findIndex((line) => line.startsWith(format === "json" ? '{"Dropped"' : "... "));
      const numbers = lines.slice(0, notice).map((line) => Number(/(?:"Number":|number )(\d+)/.exec(line)?.[1]));
      assert.equal(numbers.length, kept);
      assert.ok(numbers.every((number, i) => number === i), "all before the loss arrived, in order");
      assert.equal(Number(/\d+/.exec(lines[notice])?.[0]), observed.lost);
      assert.match(lines[notice + 1], /1000000000/);
      if (format === "json") assert.deepEqual(JSON.parse(lines[notice]), { Dropped: observed.lost });
      await client.close();
      await eventually(() => observed.watchers.size === 0);
    });
  });
}

Deno.test("several clients each have their own queue", async () => {
  await withServer({ limits: { watchBytes: 100_000 } }, async (running) => {
    const { observed } = running;
    const stuck = await watch(running, "max_message=9999999&timeout=1m", false);
    const good = await watch(running, "max_message=9999999&timeout=1m");
    const json = new JsonWriter();
    const format = new JsonLines({ showSecrets: false });
    let shown = 0;
    for (; observed.lost === 0; shown++) {
      const roundTrip = roundTripOf(shown, 50_000);
      format.write(roundTrip, json);
      observed.show(roundTrip);
      await good.until((text) => text.includes(`"Number":${shown},`) && text.endsWith("}\n\r\n"));
    }
    const expected = new TextDecoder().decode(json.view());
    assert.ok(contentOf(good.text) === expected, "the good reader got everything, byte for byte");
    await stuck.close();
    await good.close();
    await eventually(() => observed.watchers.size === 0);
  });
});

Deno.test("a client that never reads is cut when its time is over", async () => {
  await withServer({ timeoutNs: 300e6, limits: { watchBytes: 100_000, farewellMs: 100 } }, async (running) => {
    const { observed, server } = running;
    const client = await watch(running, "max_message=9999999&timeout=1m", false);
    const feeding = setInterval(() => observed.show(roundTripOf(0, 500_000)), 1);
    await eventually(() => observed.watchers.size === 0);
    clearInterval(feeding);
    await eventually(() => server.connections === 0);
    assert.equal(server.refused.counts.get("clients that read too slowly"), 1);
    await client.close();
  });
});

Deno.test("a client that never reads is cut even without a time limit", async () => {
  await withServer({ timeoutNs: 0, limits: { watchBytes: 100_000, stallMs: 200 } }, async (running) => {
    const { observed, server } = running;
    const client = await watch(running, "max_message=9999999&timeout=1h", false);
    const feeding = setInterval(() => observed.show(roundTripOf(0, 500_000)), 1);
    await eventually(() => server.connections === 0);
    clearInterval(feeding);
    await client.close();
  });
});

Deno.test("a client that goes away is forgotten at once, though nothing is being shown", async () => {
  await withServer({}, async (running) => {
    for (const leave of ["close", "hangUp"] as const) {
      const client = await watch(running, "timeout=1h");
      await client.until((text) => text.includes("\r\n\r\n"));
      await client[leave]();
      await eventually(() => running.observed.watchers.size === 0);
      await client.close();
    }
  });
});

Deno.test("clients beyond the ceiling are refused, until one leaves", async () => {
  await withServer({ limits: { watchers: 2 } }, async (running) => {
    const first = await watch(running, "timeout=1h");
    const second = await watch(running, "timeout=1h");
    const third = await ask(running.port, "GET /watch");
    assert.deepEqual([third.status, third.body], [503, "2 clients watch already\n"]);
    assert.equal(running.server.refused.counts.get("watchers beyond the ceiling"), 1);
    await first.close();
    await eventually(() => running.observed.watchers.size === 1);
    const fourth = await watch(running, "timeout=1h");
    await second.close();
    await fourth.close();
  });
});

Deno.test("what one batch brings leaves in one piece", async () => {
  await withServer({}, async (running) => {
    const client = await watch(running, "max_message=50&timeout=1m");
    for (let i = 0; i < 50; i++) running.observed.show(roundTripOf(i));
    const text = await client.until(hasEnded);
    const chunks = text.slice(text.indexOf("\r\n\r\n") + 4).match(/^[0-9a-f]+\r$/gm);
    assert.equal(chunks?.length, 2, "one chunk of lines, and the last one");
    await client.close();
  });
});
