/** From bytes to strings and back. */
import { Buffer } from "node:buffer";
import { latin1, token } from "../../src/bytes/text.ts";
import { JsonWriter } from "../../src/core/json.ts";
import { headEnd } from "../../src/protocols/http/head.ts";
import type { Row } from "../table.ts";
import { race } from "./race.ts";

const TIMES = 100_000;
const encoder = new TextEncoder();
const PATHS = Array.from({ length: 64 }, (_, i) => `/products/${i * 977}/details?ref=newsletter&page=${i}`);
const METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"];
/** 631 bytes, as browsers send. */
const HEAD = "GET /products/4711?ref=12 HTTP/1.1\r\nHost: shop.example.com\r\n" +
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n" +
  "Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
  "Referer: https://shop.example.com/categories/shoes?page=3\r\nConnection: keep-alive\r\n" +
  "Cookie: session=4f9d0e6c1b7a43d2a1c5e8f7b6a59483; theme=dark; consent=necessary\r\n" +
  "Upgrade-Insecure-Requests: 1\r\nPriority: u=0, i\r\n\r\n";

export function text(group: string): Row[] {
  const paths = PATHS.map((path) => encoder.encode(path));
  const methods = METHODS.map((method) => encoder.encode(method));
  const head = encoder.encode(HEAD), buffer = Buffer.from(head.buffer), emptyLine = Buffer.from("\r\n\r\n");
  const decoder = new TextDecoder("latin1");
  const json = new JsonWriter(), room = new Uint8Array(4096);
  return [
    race(
      group,
      "path to a string, latin1Slice",
      TIMES,
      summed((i) => latin1(paths[i & 63], 0, paths[i & 63].length).length),
      "TextDecoder",
      summed((i) => decoder.decode(paths[i & 63]).length),
    ),
    race(
      group,
      "method to a string, from a table of those seen",
      TIMES,
      summed((i) => token(methods[i % 6], 0, methods[i % 6].length).length),
      "latin1Slice",
      summed((i) => latin1(methods[i % 6], 0, methods[i % 6].length).length),
    ),
    race(
      group,
      `end of a head of ${head.length} bytes, line by line`,
      TIMES,
      summed(() => headEnd(head, 0, head.length)),
      "Buffer.indexOf of an empty line",
      summed(() => buffer.indexOf(emptyLine)),
    ),
    race(
      group,
      "path as JSON, into bytes",
      TIMES,
      summed((i) => {
        json.clear();
        json.string(PATHS[i & 63]);
        return json.length;
      }),
      "JSON.stringify, encoded",
      summed((i) => encoder.encodeInto(JSON.stringify(PATHS[i & 63]), room).written),
    ),
  ];
}

function summed(once: (i: number) => number): () => number {
  return () => {
    let sum = 0;
    for (let i = 0; i < TIMES; i++) sum += once(i);
    return sum;
  };
}
