/** Makes a capture of HTTP keep-alive traffic: seeded, so that it is the same file on every machine. */
import { seeded } from "../tests/tools/random.ts";
import { CaptureFile } from "./capture_file.ts";
import { Segment } from "./segment.ts";

const FIRST_CLIENT = 0x0a010000;
const ACK = 0x10, PUSH = 0x08, SYN = 0x02, FIN = 0x01;
/** Connections open at once, and round trips of each before it closes and another takes its place. */
const CONNECTIONS = 100;
const ROUND_TRIPS = 1000;

/** A browser's headers: 631 bytes with the request line, as measured on real traffic. */
const REQUEST_HEADERS = [
  "Host: shop.example.com",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Accept-Language: en-GB,en;q=0.7,de;q=0.3",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Referer: https://shop.example.com/categories/shoes?page=3",
  "Connection: keep-alive",
  "Cookie: session=4f9d0e6c1b7a43d2a1c5e8f7b6a59483; theme=dark; consent=necessary",
  "Upgrade-Insecure-Requests: 1",
  "X-Request-Id: 0b8f3f6e-7c0f-4c6a-9d5e-2f1f6f3f2b10",
  "Priority: u=0, i",
].join("\r\n");

interface Connection {
  readonly client: number;
  readonly port: number;
  clientNext: number;
  serverNext: number;
  left: number;
}

/** What one side sends, in its kinds. */
function segments(fromClient: boolean) {
  const of = (flags: number) => new Segment(fromClient, flags);
  const syn = of(fromClient ? SYN : SYN | ACK), ack = of(ACK), fin = of(FIN | ACK), data = of(PUSH | ACK);
  return { syn, ack, fin, data, fromClient };
}

/** Writes `roundTrips` requests with their responses to `path`; returns how many packets that are. */
export function makeHttpCapture(path: string, roundTrips: number): number {
  using file = new CaptureFile(path);
  const random = seeded(42);
  const client = segments(true), server = segments(false);
  let packets = 0, nsec = 0, sec = 1_700_000_000;
  const send = (c: Connection, side: typeof client, kind: "syn" | "ack" | "fin" | "data", payload = "") => {
    nsec += 1000 + Math.trunc(random() * 4000);
    if (nsec >= 1e9) {
      nsec -= 1e9;
      sec++;
    }
    const segment = side[kind];
    if (kind === "data") segment.fill(payload);
    const [next, other] = side.fromClient ? [c.clientNext, c.serverNext] : [c.serverNext, c.clientNext];
    segment.play(file, c.client, c.port, next, other, sec, nsec);
    const used = kind === "syn" || kind === "fin" ? 1 : segment.length;
    if (side.fromClient) c.clientNext += used;
    else c.serverNext += used;
    packets++;
  };
  const open = (n: number): Connection => {
    const c = {
      client: FIRST_CLIENT + n,
      port: 20000 + (n % 40000),
      clientNext: 1 + n,
      serverNext: 7 + n,
      left: ROUND_TRIPS,
    };
    send(c, client, "syn");
    send(c, server, "syn");
    send(c, client, "ack");
    return c;
  };
  let opened = 0;
  const connections = Array.from({ length: CONNECTIONS }, () => open(opened++));
  for (let i = 0; i < roundTrips; i++) {
    const slot = Math.trunc(random() * CONNECTIONS);
    const c = connections[slot];
    const path = `/products/${Math.trunc(random() * 100000)}?ref=${i % 97}`;
    send(c, client, "data", `GET ${path} HTTP/1.1\r\n${REQUEST_HEADERS}\r\n\r\n`);
    send(c, server, "ack");
    const body = `{"id":${i},"price":${Math.trunc(random() * 1000)}}`;
    send(
      c,
      server,
      "data",
      `HTTP/1.1 ${i % 50 === 0 ? "404 Not Found" : "200 OK"}\r\nServer: nginx/1.22.1\r\n` +
        `Date: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
        `Connection: keep-alive\r\nCache-Control: no-store\r\n\r\n${body}`,
    );
    send(c, client, "ack");
    if (--c.left === 0) {
      send(c, client, "fin");
      send(c, server, "fin");
      send(c, client, "ack");
      connections[slot] = open(opened++);
    }
  }
  return packets;
}
