/** What receivers do to an exporter: nothing waits for them, nothing is lost without its cause. */
import assert from "node:assert/strict";
import { partialSuccess } from "../tools/otlp.ts";
import { balance, exportTo, give, LEAVES_TIMERS, numbered, Receiver, until } from "./otlp_receiver.ts";
import { CERTIFICATE, KEY } from "./self_signed.ts";

/** A port where nobody listens. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** A receiver below HTTP. */
class RawReceiver {
  connections = 0;
  readonly url: string;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open: Deno.Conn[] = [];

  constructor(answer: (connection: Deno.Conn, number: number) => Promise<void>) {
    this.url = `http://127.0.0.1:${this.#listener.addr.port}/v1/traces`;
    this.#serve(answer);
  }

  async #serve(answer: (connection: Deno.Conn, number: number) => Promise<void>): Promise<void> {
    for await (const connection of this.#listener) {
      this.#open.push(connection);
      await connection.read(new Uint8Array(65536));
      answer(connection, ++this.connections).catch(() => {}); // the exporter may hang up
    }
  }

  close(): void {
    this.#listener.close();
    for (const connection of this.#open) {
      try {
        connection.close();
      } catch {
        // it was closed
      }
    }
  }
}

const encoder = new TextEncoder();

Deno.test({
  name: "nobody listens: spans wait, the log says so once, and they arrive when somebody does",
  ...LEAVES_TIMERS,
  async fn() {
    const port = freePort();
    const { exporter, said } = exportTo(`http://127.0.0.1:${port}/v1/traces`, { timeoutNs: 300e6 }, { pauseMs: 50 });
    give(exporter, 100);
    await until(() => !exporter.state().reachable);
    assert.equal(exporter.state().waitingSpans, 100);
    assert.match(exporter.state().lastError!.text, /ECONNREFUSED/);
    const receiver = new Receiver(undefined, { port });
    await until(() => exporter.state().exported === 100);
    assert.equal(new Set(receiver.spans.map(({ name }) => name)).size, 100);
    await exporter.close(1000);
    await receiver.close();
    assert.match(said[0], /^WARN http:\/\/127\.0\.0\.1:\d+\/v1\/traces takes no spans, they wait: .*ECONNREFUSED/);
    assert.match(said[1], /^INFO .* can be reached again$/);
    assert.deepEqual([said.length, balance(exporter)], [2, 0]);
  },
});

Deno.test({
  name: "the queue has a ceiling: what comes beyond it is dropped and counted",
  ...LEAVES_TIMERS,
  async fn() {
    const endpoint = `http://127.0.0.1:${freePort()}/`;
    const { exporter, said } = exportTo(endpoint, { timeoutNs: 200e6 }, { waitingBytes: 50_000 });
    give(exporter, 100_000);
    const { waitingBytes, waitingSpans, dropped } = exporter.state();
    assert.ok(waitingBytes < 51_000 && waitingSpans > 100, `${waitingSpans} spans of ${waitingBytes} bytes wait`);
    assert.equal(dropped.queue_full, 100_000 - waitingSpans);
    await exporter.close(100);
    assert.equal(exporter.state().dropped.shutdown, waitingSpans);
    assert.deepEqual([exporter.state().waitingSpans, exporter.state().waitingBytes, balance(exporter)], [0, 0, 0]);
    assert.equal(said.filter((line) => line.includes("so far, more wait for the receiver")).length, 1, "said once");
  },
});

Deno.test({
  name: "spans that cannot be delivered for too long are dropped",
  ...LEAVES_TIMERS,
  async fn() {
    const endpoint = `http://127.0.0.1:${freePort()}/`;
    const { exporter } = exportTo(endpoint, { timeoutNs: 100e6 }, { pauseMs: 20, keptMs: 100 });
    give(exporter, 50);
    await until(() => exporter.state().dropped.undelivered === 50);
    assert.deepEqual([exporter.state().waitingSpans, exporter.state().waitingBytes, balance(exporter)], [0, 0, 0]);
    await exporter.close(100);
  },
});

Deno.test({
  name: "a receiver that never answers: the request ends at its timeout and is repeated",
  ...LEAVES_TIMERS,
  async fn() {
    const receiver = new RawReceiver(async (connection, number) => {
      if (number > 4) await connection.write(encoder.encode("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    });
    const { exporter, said } = exportTo(receiver.url, { timeoutNs: 200e6 }, { pauseMs: 20 });
    give(exporter, 40);
    await until(() => exporter.state().exported === 40);
    assert.ok(receiver.connections > 4);
    assert.match(said[0], /takes no spans, they wait: Request timed out/);
    await exporter.close(100);
    receiver.close();
  },
});

Deno.test({
  name: "a receiver that answers a byte now and then is cut off",
  ...LEAVES_TIMERS,
  async fn() {
    const receiver = new RawReceiver(async (connection, number) => {
      if (number > 1) {
        return void await connection.write(encoder.encode("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
      }
      for (const byte of encoder.encode("HTTP/1.1 200 OK\r\n" + "X-Never: ends\r\n".repeat(1000))) {
        await connection.write(Uint8Array.of(byte));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    const { exporter } = exportTo(receiver.url, { timeoutNs: 200e6 }, { pauseMs: 20 });
    give(exporter, 1);
    await until(() => exporter.state().exported === 1);
    assert.match(exporter.state().lastError!.text, /no whole answer within 400 ms/);
    await exporter.close(100);
    receiver.close();
  },
});

Deno.test("400: the request is dropped, as it would be refused again, and the next one sent", async () => {
  const receiver = new Receiver((_, number) =>
    number === 1 ? new Response("no such\x1b[31m tenant", { status: 400 }) : new Response()
  );
  const { exporter, said } = exportTo(receiver.url);
  give(exporter, 10);
  await until(() => exporter.state().dropped.refused === 10);
  give(exporter, 10);
  await exporter.close(5000);
  await receiver.close();
  assert.deepEqual([receiver.requests.length, exporter.state().exported, balance(exporter)], [2, 10, 0]);
  assert.deepEqual(said, [
    "WARN dropped spans: 10 so far, the receiver refused their request: HTTP 400 Bad Request: no such\x1b[31m tenant",
    "WARN dropped spans in all: 10 (the receiver refused their request)",
  ]);
  assert.match(exporter.state().lastError!.text, /HTTP 400 Bad Request/);
});

Deno.test("500 and a redirection are refusals too", async () => {
  for (const status of [500, 301]) {
    const receiver = new Receiver(() => new Response("", { status }));
    const { exporter } = exportTo(receiver.url);
    give(exporter, 3);
    await exporter.close(5000);
    await receiver.close();
    assert.deepEqual([receiver.requests.length, exporter.state().dropped.refused], [1, 3]);
    assert.match(exporter.state().lastError!.text, new RegExp(`HTTP ${status}`));
  }
});

Deno.test("429: the receiver is left alone for as long as it asks", async () => {
  const times: number[] = [];
  const receiver = new Receiver((_, number) => {
    times.push(performance.now());
    return number === 1 ? new Response("", { status: 429, headers: { "Retry-After": "1" } }) : new Response();
  });
  const { exporter } = exportTo(receiver.url, { timeoutNs: 10e9 });
  give(exporter, 5);
  await exporter.close(8000);
  await receiver.close();
  assert.equal(exporter.state().exported, 5);
  assert.equal(times.length, 2);
  assert.ok(times[1] - times[0] >= 950, `${times[1] - times[0]} ms`);
});

Deno.test({
  name: "429 for longer than a request may take: the spans wait in the queue",
  ...LEAVES_TIMERS,
  async fn() {
    const receiver = new Receiver((_, number) =>
      number === 1 ? new Response("", { status: 429, headers: { "Retry-After": "60" } }) : new Response()
    );
    const { exporter } = exportTo(receiver.url, {}, { pauseMs: 100 });
    give(exporter, 5);
    await until(() => exporter.state().exported === 5);
    assert.match(exporter.state().lastError!.text, /HTTP 429, 502, 503 or 504/);
    await exporter.close(1000);
    await receiver.close();
  },
});

Deno.test("one answer in twenty is 503: every span arrives, once", async () => {
  const receiver = new Receiver((_, number) => new Response("", { status: number % 20 === 7 ? 503 : 200 }));
  const { exporter } = exportTo(receiver.url, { timeoutNs: 15e9 });
  give(exporter, 1500);
  await exporter.close(30_000);
  await receiver.close();
  assert.equal(receiver.spans.length, 1500);
  assert.equal(new Set(receiver.spans.map(({ name }) => name)).size, 1500);
  const { exported, requests } = exporter.state();
  assert.deepEqual([exported, requests, balance(exporter)], [1500, receiver.requests.length, 0]);
  assert.ok(requests > 150);
});

Deno.test("an answer that is none of OTLP: the spans count as taken, and it is noted", async () => {
  const receiver = new Receiver(() => new Response("<html>welcome"));
  const { exporter } = exportTo(receiver.url);
  give(exporter, 3);
  await exporter.close(5000);
  await receiver.close();
  assert.equal(exporter.state().exported, 3);
  assert.match(exporter.state().lastError!.text, /none of OTLP/);
});

Deno.test("an answer without end is cut off", async () => {
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65536)) });
  const receiver = new Receiver((_, number) => number === 1 ? new Response(endless) : new Response());
  const { exporter } = exportTo(receiver.url, {}, { pauseMs: 20 });
  give(exporter, 1);
  await until(() => exporter.state().exported === 1);
  assert.match(exporter.state().lastError!.text, /exceeded size limit/);
  await exporter.close(1000);
  await receiver.close();
});

Deno.test({
  name: "a connection that is closed midway: the request is repeated",
  ...LEAVES_TIMERS,
  async fn() {
    const receiver = new RawReceiver(async (connection, number) => {
      await connection.write(
        encoder.encode(number === 1 ? "HTTP/1.1 20" : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      );
      connection.close();
    });
    const { exporter } = exportTo(receiver.url, { timeoutNs: 5e9 }, { pauseMs: 50 });
    give(exporter, 4);
    await until(() => exporter.state().exported === 4);
    assert.equal(receiver.connections, 2);
    await exporter.close(1000);
    receiver.close();
  },
});

Deno.test("partial success: what was rejected is counted, with what the receiver says", async () => {
  const receiver = new Receiver(() => new Response(partialSuccess(4, "too many attributes")));
  const { exporter, said } = exportTo(receiver.url);
  give(exporter, 10);
  await exporter.close(5000);
  await receiver.close();
  const { exported, dropped } = exporter.state();
  assert.deepEqual([exported, dropped.rejected, balance(exporter)], [6, 4, 0]);
  assert.deepEqual(said, [
    "WARN dropped spans: 4 so far, the receiver took their request without them: too many attributes",
    "WARN dropped spans in all: 4 (the receiver took their request without them)",
  ]);
});

Deno.test("partial success with impossible numbers", async () => {
  for (const [rejected, exported] of [[1000, 0], [-5, 3], [0, 3]]) {
    const receiver = new Receiver(() => new Response(partialSuccess(rejected, "a warning")));
    const { exporter } = exportTo(receiver.url);
    give(exporter, 3);
    await exporter.close(5000);
    await receiver.close();
    assert.deepEqual([exporter.state().exported, balance(exporter)], [exported, 0]);
  }
});

Deno.test({
  name: "a certificate that nobody trusts: said in words, and the spans wait",
  ...LEAVES_TIMERS,
  async fn() {
    const receiver = new Receiver(undefined, { cert: CERTIFICATE, key: KEY });
    const { exporter, said } = exportTo(receiver.url);
    give(exporter, 1);
    await until(() => said.length > 0);
    await exporter.close(100);
    await receiver.close();
    assert.match(said[0], /the certificate of 127\.0\.0\.1:\d+ is not trusted: self-signed certificate \(DEPTH_ZERO_/);
    assert.equal(exporter.state().dropped.shutdown, 1);
    assert.equal(receiver.requests.length, 0);
  },
});

Deno.test("https with the system's certificates, in a process that may do nothing but this", async () => {
  const receiver = new Receiver(undefined, { cert: CERTIFICATE, key: KEY });
  const trusted = await Deno.makeTempFile({ suffix: ".pem" });
  await Deno.writeTextFile(trusted, CERTIFICATE);
  const run = async (...permissions: string[]) => {
    const program = new URL("send_span.ts", import.meta.url).pathname;
    const args = [
      "run",
      "--quiet",
      "--no-check",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      ...permissions,
      program,
      receiver.url,
    ];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { SSL_CERT_FILE: trusted } })
      .output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  };
  assert.equal(JSON.parse(await run("--allow-sys=ca")).exported, 1);
  assert.match(await run(), /https needs the system's certificates, which deno gives with --allow-sys=ca/);
  await Deno.remove(trusted);
  await receiver.close();
  assert.equal(receiver.spans.length, 1);
});

Deno.test({
  name: "closing waits no longer than it may: what has not arrived is counted",
  ...LEAVES_TIMERS,
  async fn() {
    const receiver = new RawReceiver(() => Promise.resolve());
    const { exporter } = exportTo(receiver.url, { timeoutNs: 60e9 });
    give(exporter, 5000);
    await exporter.close(200);
    const { dropped, waitingSpans, waitingBytes } = exporter.state();
    assert.deepEqual([dropped.shutdown, waitingSpans, waitingBytes, balance(exporter)], [5000, 0, 0, 0]);
    exporter.span(numbered("late"));
    assert.equal(exporter.state().dropped.shutdown, 5001);
    receiver.close();
  },
});
