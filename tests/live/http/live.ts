/** HTTP/1: nginx with curl, a WebSocket through it, and what only a bare connection does. */
import type { Line, LiveTest, Scene, Stage, Step } from "../harness.ts";
import { converse, curl, echo, type Exchange, expected, mustAnswer } from "./clients.ts";
import { nginxConfig } from "./nginx.ts";
import { startEcho, startRaw } from "./origin.ts";

const HELLO = "hello from nginx\n", LARGE_BYTES = 300_000, UPLOAD_BYTES = 20_000;
const hello = { path: "/hello.txt", status: 200, received: HELLO.length };
const large = { path: "/large.txt", status: 200, received: LARGE_BYTES };
const missing = { path: "/missing", status: 404, received: 153 };

async function set(stage: Stage): Promise<Scene> {
  const port = await stage.freePort();
  await stage.write("www/hello.txt", HELLO);
  await stage.write("www/large.txt", "x".repeat(LARGE_BYTES));
  await stage.write("body", "y".repeat(UPLOAD_BYTES));
  await stage.write("too-much", "z".repeat(200_000));
  const echoPort = startEcho(stage), rawPort = startRaw(stage);
  const config = await stage.write("nginx/nginx.conf", nginxConfig(stage.directory, port, echoPort));
  const nginx = await stage.start("nginx", "nginx", ["-p", stage.directory, "-c", config, "-e", "stderr"]);
  await nginx.listens(port);
  return {
    rules: [`http;${port},${rawPort}`],
    steps: [...nginxSteps(stage, port), ...rawSteps(stage, rawPort)],
    // What nginx could not read, packetd cannot either; nginx answers it all the same.
    responsesAlone: 1,
    reasons: [/^not a request$/, /cut short/, /websocket/],
  };
}

function nginxSteps(stage: Stage, port: number): Step[] {
  const does = (name: string, ...exchanges: Exchange[]): Step => ({ name, run: () => curl(stage, port, exchanges) });
  return [
    does("three requests on one connection", hello, { ...large, path: "/large.txt?part=all" }, hello),
    does("HEAD, 404, 405", { ...large, method: "HEAD", received: 0 }, missing, {
      ...hello,
      method: "DELETE",
      status: 405,
      received: 157,
    }, hello),
    does(
      "204, 206, 302, 304",
      { path: "/nothing", status: 204 },
      {
        ...large,
        args: ["--range", "0-99"],
        status: 206,
        received: 100,
      },
      { path: "/moved", status: 302, received: 145 },
      {
        path: "/hello.txt",
        args: ["--header", "If-None-Match: *"],
        status: 304,
      },
      hello,
    ),
    does("HTTP/1.0, and a connection for each request", {
      ...hello,
      args: ["--http1.0"],
      request: { Proto: "HTTP/1.0" },
      response: { Close: true },
    }, { ...hello, args: ["--header", "Connection: close"], request: { Close: true }, response: { Close: true } }),
    compressed(stage, port),
    does("upload with a length", {
      ...upload("length", ["--upload-file", stage.path("body"), "--header", "Expect:"]),
      request: { Chunked: false },
    }, { path: "/upload/length", status: 200, received: UPLOAD_BYTES }),
    does("upload in chunks", {
      ...upload("chunks", [
        "--upload-file",
        stage.path("body"),
        "--header",
        "Expect:",
        "--header",
        "Transfer-Encoding: chunked",
      ]),
      request: { Chunked: true },
    }, { path: "/upload/chunks", status: 200, received: UPLOAD_BYTES }),
    does("upload after 100 Continue", {
      ...upload("continue", ["--upload-file", stage.path("body"), "--header", "Expect: 100-continue"]),
    }, { path: "/upload/continue", status: 200, received: UPLOAD_BYTES }),
    does("upload refused before it is sent", {
      ...upload("refused", ["--upload-file", stage.path("too-much"), "--header", "Expect: 100-continue"]),
      status: 413,
      sent: 0,
      received: 183,
    }),
    pipelined(port),
    {
      name: "a WebSocket: the 101, then no more",
      async run() {
        await echo(`ws://127.0.0.1:${port}/websocket`, ["a", "b".repeat(1000), "c".repeat(70_000)]);
        return [expected(port, { path: "/websocket", status: 101 })];
      },
    },
    {
      name: "malformed requests: one that is none, and one without a Host",
      async run() {
        mustAnswer(await converse(port, "NONSENSE\r\n\r\n"), 400);
        mustAnswer(await converse(port, "GET /hostless HTTP/1.1\r\n\r\n"), 400);
        return [expected(port, { path: "/hostless", status: 400, received: 157, request: { RemoteHost: "" } })];
      },
    },
    manyAtOnce(stage, port, 400),
  ];
}

function upload(name: string, args: readonly string[]): Exchange {
  return { method: "PUT", path: `/upload/${name}`, args, status: 201, sent: UPLOAD_BYTES };
}

/** nginx compresses as it sends, so the length is not known before the end and the answer is chunked. */
function compressed(stage: Stage, port: number): Step {
  return {
    name: "a chunked answer",
    async run() {
      const args = ["--silent", "--raw", "--header", "Accept-Encoding: gzip", "--output", "raw"];
      await stage.run("curl", [...args, `http://127.0.0.1:${port}/gzip/large.txt`]);
      const received = sizeOfChunks(await Deno.readFile(stage.path("raw")));
      return [expected(port, { ...large, path: "/gzip/large.txt", received, response: { Chunked: true } })];
    },
  };
}

/** Bytes of content in a chunked body (RFC 9112, section 7.1). */
function sizeOfChunks(body: Uint8Array): number {
  const text = new TextDecoder("latin1").decode(body);
  let size = 0;
  for (let at = 0;;) {
    const end = text.indexOf("\r\n", at), chunk = parseInt(text.slice(at, end), 16);
    if (!(chunk > 0)) return size;
    size += chunk;
    at = end + 2 + chunk + 2;
  }
}

function pipelined(port: number): Step {
  const exchanges: Exchange[] = [
    hello,
    large,
    missing,
    { path: "/nothing", status: 204 },
    { ...large, method: "HEAD", received: 0 },
    { ...hello, request: { Close: true } },
  ];
  return {
    name: "six requests in one segment",
    async run() {
      const requests = exchanges.map(({ method = "GET", path, request }) =>
        `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${
          request === undefined ? "" : "Connection: close\r\n"
        }\r\n`
      );
      mustAnswer(await converse(port, requests.join("")), 200, 200, 404, 204, 200, 200);
      return exchanges.map((exchange) => expected(port, exchange));
    },
  };
}

/** Many connections at once: every request has its answer, none has another's. */
function manyAtOnce(stage: Stage, port: number, count: number): Step {
  return {
    name: `${count} requests on 20 connections at once`,
    async run() {
      const args = ["--silent", "--parallel", "--parallel-max", "20", "--output", "/dev/null"];
      await stage.run("curl", [...args, "--write-out", "", `http://127.0.0.1:${port}/hello.txt?[1-${count}]`]);
      return (lines) => {
        const numbers = new Set(lines.map(({ Request }) => String(Request.URL).split("?")[1]));
        const wrong = lines.filter((line) => !isHello(line));
        return lines.length === count && numbers.size === count && wrong.length === 0
          ? []
          : [`${lines.length} round trips with ${numbers.size} numbers, ${wrong.length} of them wrong`];
      };
    },
  };
}

function isHello({ Response }: Line): boolean {
  return Response?.StatusCode === 200 && Response.Size === HELLO.length;
}

function rawSteps(stage: Stage, port: number): Step[] {
  const does = (name: string, exchanges: readonly Exchange[], status = 0): Step => ({
    name,
    run: () => curl(stage, port, exchanges, status),
  });
  return [
    does("103 before the answer, chunks with extensions and trailers", [
      { path: "/hints", status: 200, received: 5 },
      { path: "/trailers", status: 200, received: 12, response: { Chunked: true } },
    ]),
    does("an answer that lasts until the connection ends", [
      { path: "/until-close", status: 200, received: 31, response: { Close: true } },
    ]),
    does("an answer in pieces", [{ path: "/pieces", status: 200, received: 4 }]),
    {
      name: "a request in pieces",
      async run() {
        const parts = ["GE", "T /until-close HTTP", "/1.1\r", "\nHost: 127.0.0.1:", `${port}\r\n\r`, "\n"];
        mustAnswer(await converse(port, ...parts), 200);
        return [expected(port, { path: "/until-close", status: 200, received: 31 })];
      },
    },
    does("an answer cut short: curl says 18", [{ path: "/cut-short", status: 200, received: 13 }], 18),
    {
      name: "no answer at all: curl says 52",
      async run() {
        await stage.run("curl", ["--silent", `http://127.0.0.1:${port}/never`], [52]);
        return [{ ...expected(port, { path: "/never", status: 0 }), Response: null }];
      },
    },
  ];
}

export const http: LiveTest = { name: "http", programs: { nginx: "nginx", curl: "curl" }, set };
