/** Clients: curl, which reports what it did, and bare connections for what curl would not do. */
import type { Expected, Json, Stage } from "../harness.ts";

/** One request with its answer: what the client is to do, and must see. */
export interface Exchange {
  /** GET when it is not given. */
  readonly method?: string;
  readonly path: string;
  /** Further arguments for curl. */
  readonly args?: readonly string[];
  readonly status: number;
  /** Bytes of the bodies; none when they are not given. */
  readonly sent?: number;
  readonly received?: number;
  /** What else must be in packetd's line. */
  readonly request?: { readonly [name: string]: Json };
  readonly response?: { readonly [name: string]: Json };
}

/** What packetd must print of an exchange with a server on this port. */
export function expected(port: number, exchange: Exchange, clientPort?: number): Expected {
  const { method = "GET", path, status, sent = 0, received = 0 } = exchange;
  return {
    Request: {
      Host: "127.0.0.1",
      ...(clientPort === undefined ? {} : { Port: clientPort }),
      Method: method,
      Proto: "HTTP/1.1",
      Path: path.split("?")[0],
      URL: path,
      RemoteHost: `127.0.0.1:${port}`,
      Size: sent,
      ...exchange.request,
    },
    Response: { Host: "127.0.0.1", Port: port, StatusCode: status, Size: received, ...exchange.response },
  };
}

/** What curl reports of each transfer (`--write-out '%{json}'`). */
interface Report {
  readonly method: string;
  readonly response_code: number;
  readonly size_upload: number;
  readonly size_download: number;
  readonly local_port: number;
  readonly num_connects: number;
}

/**
 * Does the exchanges one after another with one curl, which keeps its connection where it can.
 *
 * @param status how curl is to end: 0 when all goes well
 */
export async function curl(
  stage: Stage,
  port: number,
  exchanges: readonly Exchange[],
  status = 0,
): Promise<Expected[]> {
  const args = exchanges.flatMap(({ method = "GET", path, args = [] }, i) => [
    ...(i === 0 ? [] : ["--next"]),
    ...["--silent", "--output", "/dev/null", "--write-out", "%{json}\\n"],
    ...(method === "HEAD" ? ["--head"] : method === "GET" ? [] : ["--request", method]),
    ...args,
    `http://127.0.0.1:${port}${path}`,
  ]);
  const output = await stage.run("curl", ["--disable", ...args], [status]);
  const reports: Report[] = output.trim().split("\n").map((line) => JSON.parse(line));
  if (reports.length !== exchanges.length) throw new Error(`curl reports ${reports.length} transfers: ${output}`);
  return exchanges.map((exchange, i) => {
    const { method, response_code, size_upload, size_download, local_port } = reports[i];
    const { method: wanted = "GET", status, sent = 0, received = 0 } = exchange;
    const uploaded = exchange.request?.Chunked === true ? size_upload : sent; // curl counts the lines of chunks too
    const seen = `${method} ${response_code}, sent ${size_upload}, received ${size_download}`;
    const planned = `${wanted} ${status}, sent ${uploaded}, received ${received}`;
    if (seen !== planned) throw new Error(`${exchange.path}: curl saw ${seen}, but planned was ${planned}`);
    return expected(port, exchange, local_port);
  });
}

/** Sends the parts, each in a segment of its own, and returns all that comes until the server ends the connection. */
export async function converse(port: number, ...parts: readonly string[]): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  for (const part of parts) {
    await connection.write(new TextEncoder().encode(part));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  let answer = "";
  const buffer = new Uint8Array(65536), decoder = new TextDecoder();
  for (let length = await connection.read(buffer); length !== null; length = await connection.read(buffer)) {
    answer += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  return answer;
}

/** The status codes in what a bare connection received, which must be these. */
export function mustAnswer(answer: string, ...codes: readonly number[]): void {
  const seen = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => code).join(" ");
  if (seen !== codes.join(" ")) throw new Error(`the server answered ${seen}, not ${codes.join(" ")}`);
}

/** Sends texts over a WebSocket, each after the echo of the one before, and closes it. */
export async function echo(url: string, texts: readonly string[]): Promise<void> {
  const socket = new WebSocket(url);
  const event = (name: "open" | "message" | "close") =>
    new Promise<Event>((resolve, reject) => {
      socket.addEventListener(name, resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error(`${url}: the WebSocket failed`)), { once: true });
    });
  await event("open");
  for (const text of texts) {
    const answer = event("message");
    socket.send(text);
    if ((await answer as MessageEvent).data !== text) throw new Error("the echo is another text");
  }
  const closed = event("close");
  socket.close();
  await closed;
}
