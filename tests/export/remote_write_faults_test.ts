/** Remote write against receivers as they are: down, slow, unwilling, broken. What is lost is counted, the rest arrives. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { RemoteWrite } from "../../src/export/remote_write.ts";
import { freePort, until } from "../agent/support.ts";
import { type Answer, TestReceiver } from "./remote_write_receiver.ts";
import { exporterOf, storageOf } from "./remote_write_support.ts";

const SOON_NS = 30e6;
const SERIES = "__name__=web_requests_total method=GET path=/a";

/** An exporter of one series with a value that is another one at each push. */
function counting(endpoint: string, options: Parameters<typeof exporterOf>[2] = {}, limits = {}) {
  const { storage, count } = storageOf();
  count("/a");
  const timer = setInterval(() => count("/a"), 5);
  const made = exporterOf(storage, endpoint, { intervalNs: SOON_NS, ...options }, limits);
  const close = async (deadlineMs = 5000) => {
    clearInterval(timer);
    await made.exporter.close(deadlineMs);
  };
  return { ...made, close };
}

/** Every sample was taken, was dropped for a reason, or waits. */
function addsUp(exporter: RemoteWrite, perPush = 1): void {
  const { pushes, samples, dropped, waiting } = exporter.state();
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  assert.equal(samples + lost + waiting.samples, pushes * perPush);
}

/** All pushes arrived, in the order of time. */
function arrivedInOrder(receiver: TestReceiver, exporter: RemoteWrite): void {
  const samples = receiver.samplesOf(SERIES);
  const times = samples.map(({ timestamp }) => timestamp), values = samples.map(({ value }) => value);
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
  assert.deepEqual(values, [...values].sort((a, b) => a - b));
  assert.equal(times.length, exporter.state().pushes);
  addsUp(exporter);
}

/** A server that does with each connection what the test says, once something was asked. */
async function rawServer(act: (socket: Socket, n: number) => void) {
  let connections = 0;
  const server = createServer((socket) => {
    const n = connections++;
    socket.on("error", () => {});
    socket.once("data", () => act(socket, n));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/write`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

Deno.test("a receiver that is down: the trouble is told, and when it comes up everything arrives in order", async () => {
  const port = await freePort();
  const { exporter, said, close } = counting(`http://127.0.0.1:${port}/api/v1/write`);
  await until("five pushes wait", () => exporter.state().waiting.requests >= 5 || undefined);
  assert.match(exporter.state().trouble, /Connection refused$/);
  assert.equal(exporter.state().lastError?.text, exporter.state().trouble);
  await using receiver = await TestReceiver.open(undefined, port);
  await until("all arrived", () => receiver.taken.length >= 6 || undefined);
  await close();
  arrivedInOrder(receiver, exporter);
  assert.equal(exporter.state().trouble, "");
  assert.equal(said.length, 2, said.join("\n"));
});

Deno.test("a name that nobody knows", async () => {
  const { exporter, close } = counting("http://receiver.invalid/write", {}, { pauseMs: 100 });
  await until("a failure", () => exporter.state().failed || undefined);
  assert.match(exporter.state().trouble, /dns error/);
  await close(0);
  addsUp(exporter);
});

Deno.test("down for long: what waits has a ceiling, the newest is kept, the rest is counted", async () => {
  const port = await freePort();
  const { storage, count } = storageOf();
  for (let i = 0; i < 1000; i++) count(`/items/${i}`);
  const limits = { bytes: 40_000 };
  const { exporter, said } = exporterOf(storage, `http://127.0.0.1:${port}/w`, { intervalNs: SOON_NS }, limits);
  await until("some are dropped", () => exporter.state().dropped.queue_full >= 5000 || undefined);
  assert.ok(exporter.state().waiting.bytes <= 40_000);
  addsUp(exporter, 1000);
  await using receiver = await TestReceiver.open(undefined, port);
  const { waiting, pushes } = exporter.state();
  await exporter.close(5000);
  addsUp(exporter, 1000);
  const taken = receiver.samplesOf("__name__=web_requests_total method=GET path=/items/0").length;
  assert.ok(taken >= waiting.requests && taken <= exporter.state().pushes);
  assert.ok(exporter.state().pushes >= pushes);
  assert.match(
    said.find((line) => line.includes("lost"))!,
    /WARN metrics 1000 samples are lost, more wait for the rec/,
  );
});

Deno.test("what waited too long is dropped and counted", async () => {
  const { exporter, close } = counting(`http://127.0.0.1:${await freePort()}/w`, {}, { ageMs: 50 });
  await until("some are dropped", () => exporter.state().dropped.too_old >= 2 || undefined);
  addsUp(exporter);
  await close(0);
  addsUp(exporter);
});

Deno.test("a receiver without an answer: each try ends, and what waits arrives when it answers", async () => {
  const silent: Answer = () => {};
  await using receiver = await TestReceiver.open(silent);
  const { exporter, close } = counting(receiver.url, { timeoutNs: 50e6 });
  await until("two timeouts", () => exporter.state().failed >= 2 || undefined);
  assert.equal(exporter.state().trouble, "no answer within 50ms");
  receiver.answer = (_, response) => response.writeHead(200).end();
  await until("something arrived", () => exporter.state().samples || undefined);
  await close();
  arrivedInOrder(receiver, exporter);
});

Deno.test("a receiver slower than the interval: one request at a time, in order", async () => {
  let underWay = 0, most = 0;
  await using receiver = await TestReceiver.open(async (_, response) => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 70));
    underWay--;
    response.writeHead(204).end();
  });
  const { exporter, close } = counting(receiver.url);
  await until("eight pushes", () => exporter.state().pushes >= 8 || undefined);
  await close();
  assert.equal(most, 1);
  arrivedInOrder(receiver, exporter);
});

Deno.test("400: dropped and counted, not sent again; what comes next is taken", async () => {
  await using receiver = await TestReceiver.open((n, response) =>
    n === 1 ? response.writeHead(400).end("out of order sample\n") : response.writeHead(204).end()
  );
  const { exporter, said, close } = counting(receiver.url);
  await until("four pushes", () => receiver.received.length >= 4 || undefined);
  await close();
  const { dropped, failed, requests, pushes, samples, lastError, trouble } = exporter.state();
  assert.deepEqual([dropped.refused, failed, requests, samples], [1, 1, pushes, pushes - 1]);
  assert.equal(lastError?.text, "HTTP 400: out of order sample");
  assert.equal(trouble, "");
  assert.match(said[0], /1 samples are lost, the receiver refused their request: HTTP 400: out of order sample/);
  addsUp(exporter);
});

Deno.test("429 with Retry-After: not before that time, then in order", async () => {
  await using receiver = await TestReceiver.open((n, response) =>
    n === 0 ? response.writeHead(429, { "Retry-After": "1" }).end("slowly") : response.writeHead(204).end()
  );
  const { exporter, close } = counting(receiver.url);
  await until("several arrived", () => receiver.taken.length >= 3 || undefined);
  await close();
  const [first, second] = receiver.received;
  assert.ok(second.timeMs - first.timeMs >= 990, `${second.timeMs - first.timeMs} ms`);
  assert.deepEqual(first.body, second.body);
  arrivedInOrder(receiver, exporter);
});

Deno.test("429 with a date, and with what is neither, at the end: the program does not wait for longer than it may", async () => {
  for (const retryAfter of [new Date(Date.now() + 3600e3).toUTCString(), "99999999999999999999", "soon"]) {
    await using receiver = await TestReceiver.open((_, response) =>
      response.writeHead(429, { "Retry-After": retryAfter }).end()
    );
    const { exporter, close } = counting(receiver.url);
    await until("a failure", () => exporter.state().failed || undefined);
    await close(100);
    assert.equal(exporter.state().dropped.shutdown, exporter.state().pushes);
    if (retryAfter !== "soon") assert.equal(exporter.state().requests, 1);
    addsUp(exporter);
  }
});

Deno.test("500 and 503: the same request again, until it is taken", async () => {
  const statuses = [500, 503, 502, 500];
  await using receiver = await TestReceiver.open((n, response) =>
    response.writeHead(statuses[n] ?? 204).end(statuses[n] === undefined ? undefined : "down\nfor maintenance\n")
  );
  const { exporter, close } = counting(receiver.url);
  await until("several arrived", () => receiver.taken.length >= 3 || undefined);
  assert.equal(exporter.state().lastError?.text, "HTTP 500: down\\nfor maintenance");
  await close();
  for (const { body } of receiver.received.slice(1, 5)) assert.deepEqual(body, receiver.received[0].body);
  assert.equal(exporter.state().failed, statuses.length);
  arrivedInOrder(receiver, exporter);
});

Deno.test("a receiver that has moved: nothing, and no secret, goes where it points", async () => {
  await using other = await TestReceiver.open();
  await using receiver = await TestReceiver.open((_, response) =>
    response.writeHead(307, { Location: other.url }).end()
  );
  const { exporter, close } = counting(receiver.url, { header: new Map([["Authorization", "Bearer x"]]) });
  await until("a failure", () => exporter.state().failed || undefined);
  await close();
  assert.equal(exporter.state().trouble, "HTTP 307 (it has moved: give its new URL)");
  assert.equal(other.received.length, 0);
  assert.equal(exporter.state().dropped.refused, exporter.state().pushes);
});

Deno.test("what is no HTTP, and a connection that ends without an answer", async () => {
  const acts: ((socket: Socket) => void)[] = [
    (socket) => socket.end("garbage\r\n\r\n"),
    (socket) => socket.end(),
    (socket) => socket.resetAndDestroy(),
    (socket) => socket.end("HTTP/1.1 "),
    (socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n"),
  ];
  await using server = await rawServer((socket, n) => acts[Math.min(n, acts.length - 1)](socket));
  const { exporter, close } = counting(server.url);
  await until("something was taken", () => exporter.state().samples || undefined);
  assert.ok(exporter.state().failed >= 2); // fetch may try again by itself
  await close();
  assert.equal(exporter.state().samples, exporter.state().pushes);
  addsUp(exporter);
});

Deno.test("an answer that is cut, endless, or never ends: its status counts", async () => {
  const chunk = `1000\r\n${"x".repeat(0x1000)}\r\n`;
  const endings: ((socket: Socket) => void)[] = [
    (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut"),
    (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nwait"),
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const timer = setInterval(() => socket.write(chunk), 1);
      socket.on("close", () => clearInterval(timer));
    },
    (socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n"),
  ];
  await using server = await rawServer((socket, n) => endings[Math.min(n, endings.length - 1)](socket));
  const { exporter, close } = counting(server.url, { timeoutNs: 200e6 });
  await until("four were taken", () => exporter.state().samples >= 4 || undefined);
  await close();
  assert.equal(exporter.state().failed, 0);
  addsUp(exporter);
});

Deno.test("a certificate that nobody vouches for: nothing is sent, and the reason is told", async () => {
  const tls = await Deno.readTextFile(new URL("self_signed.pem", import.meta.url));
  await using receiver = await TestReceiver.open(undefined, 0, tls);
  const { exporter, said, close } = counting(receiver.url);
  await until("a failure", () => exporter.state().failed || undefined);
  await close(0);
  assert.match(exporter.state().trouble, /^the certificate of 127.0.0.1 is not accepted: .*DENO_CERT/);
  assert.match(said[0], /certificate/);
  assert.equal(receiver.received.length, 0);
  addsUp(exporter);
});

Deno.test("https to a receiver that speaks http, and the other way round", async () => {
  const tls = await Deno.readTextFile(new URL("self_signed.pem", import.meta.url));
  await using plain = await TestReceiver.open();
  await using secure = await TestReceiver.open(undefined, 0, tls);
  for (const url of [plain.url.replace("http", "https"), secure.url.replace("https", "http")]) {
    const { exporter, close } = counting(url);
    await until("a failure", () => exporter.state().failed || undefined);
    await close(0);
    assert.notEqual(exporter.state().trouble, "");
    addsUp(exporter);
  }
});

Deno.test("the end, with a receiver that does not answer: what has not left is counted", async () => {
  await using receiver = await TestReceiver.open(() => {});
  const { exporter, said, close } = counting(receiver.url);
  await until("two wait", () => exporter.state().waiting.requests >= 2 || undefined);
  await close(50);
  const { dropped, pushes, waiting, samples } = exporter.state();
  assert.deepEqual([dropped.shutdown, samples, waiting.requests], [pushes, 0, 0]);
  assert.match(said.at(-1)!, /samples are lost, the exporter ended/);
});

Deno.test("the end, with a receiver that was down and is up: a pause is cut short, all leaves", async () => {
  const port = await freePort();
  const { exporter, close } = counting(`http://127.0.0.1:${port}/api/v1/write`, {}, { pauseMs: 20_000 });
  await until("a failure", () => exporter.state().failed || undefined);
  await using receiver = await TestReceiver.open(undefined, port);
  await close();
  arrivedInOrder(receiver, exporter);
});
