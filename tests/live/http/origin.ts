/** Servers of our own, for what nginx does not do: an echo over WebSocket, and answers written byte by byte. */
import type { Stage } from "../stage.ts";

/** Echoes what comes over a WebSocket. */
export function startEcho(stage: Stage): number {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  });
  stage.atEnd(() => server.shutdown());
  return server.addr.port;
}

/** What is answered to a request for a path; in several parts, they leave in segments of their own. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  "/hints": [
    "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  ],
  "/trailers": [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n6;note=1\r\nfirst \r\n",
    "6\r\nsecond\r\n0\r\nSum: 12\r\n\r\n",
  ],
  "/until-close": ["HTTP/1.1 200 OK\r\n\r\nuntil the end", " of the connection"],
  "/cut-short": ["HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nnot all of it"],
  "/pieces": ["HTTP/1.1 2", "00 OK\r\nContent-Le", "ngth: 4\r\n\r", "\nbo", "dy"],
  "/never": [],
};
/** After these the connection goes on. */
const LASTING = ["/hints", "/trailers", "/pieces"];

/** Answers as listed; a path that is not listed closes the connection without an answer. */
export function startRaw(stage: Stage): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  stage.atEnd(() => listener.close());
  (async () => {
    for await (const connection of listener) serve(connection).catch(() => {}); // the client may be gone
  })();
  return listener.addr.port;
}

async function serve(connection: Deno.TcpConn): Promise<void> {
  using _ = connection;
  connection.setNoDelay(true);
  const decoder = new TextDecoder(), encoder = new TextEncoder();
  let head = "";
  for await (const bytes of chunks(connection)) {
    head += decoder.decode(bytes);
    if (!head.endsWith("\r\n\r\n")) continue;
    const path = head.split(" ")[1];
    head = "";
    for (const part of ANSWERS[path] ?? []) {
      await connection.write(encoder.encode(part));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (!LASTING.includes(path)) return;
  }
}

async function* chunks(connection: Deno.TcpConn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(16384);
  for (let length = await connection.read(buffer); length !== null; length = await connection.read(buffer)) {
    yield buffer.subarray(0, length);
  }
}
