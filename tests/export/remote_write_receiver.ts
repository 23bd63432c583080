/** A receiver of remote write on loopback that answers as a test wants, and reads requests by the specification's schema. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import protobuf from "npm:protobufjs@8.8.1";
import snappy from "npm:snappyjs@0.7.0";

/** https://prometheus.io/docs/specs/prw/remote_write_spec/#protocol */
const { root } = protobuf.parse(`syntax = "proto3";
  message WriteRequest { repeated TimeSeries timeseries = 1; reserved 2; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }`);
const writeRequest = root.lookupType("WriteRequest");

export interface Sample {
  readonly value: number;
  readonly timestamp: number;
  /** Whether the value is the NaN that ends a series, to the bit. */
  readonly isStale: boolean;
}

export interface TimeSeries {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples: readonly Sample[];
}

const STALE = 0x7ff0000000000002n;

/** Reads the body of a request. */
export function timeSeries(body: Uint8Array): TimeSeries[] {
  const bytes = snappy.uncompress(body) as Uint8Array;
  const stale = staleTimes(bytes);
  const message = writeRequest.toObject(writeRequest.decode(bytes), { longs: Number, arrays: true });
  // deno-lint-ignore no-explicit-any -- protobufjs knows the schema at run time only
  return message.timeseries.map(({ labels, samples }: any) => ({
    labels: labels.map(({ name, value }: { name: string; value: string }) => [name, value]),
    samples: samples.map(({ value, timestamp }: { value: number; timestamp: number }) => (
      { value, timestamp, isStale: Number.isNaN(value) && stale.has(timestamp) }
    )),
  }));
}

/** Timestamps of stale markers. A NaN that was read as a number may have lost its bits: so they are sought in the bytes. */
function staleTimes(bytes: Uint8Array): Set<number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const times = new Set<number>();
  for (let at = 0; at + 10 < bytes.length; at++) {
    if (bytes[at] !== 0x09 || view.getBigUint64(at + 1, true) !== STALE || bytes[at + 9] !== 0x10) continue;
    times.add(Number(protobuf.Reader.create(bytes.subarray(at + 10)).int64()));
  }
  return times;
}

export function labelsText({ labels }: TimeSeries): string {
  return labels.map(([name, value]) => `${name}=${value}`).join(" ");
}

export interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly url: string;
  readonly body: Uint8Array;
  /** When it came, on the clock of `performance.now()`. */
  readonly timeMs: number;
}

/** @param n how many requests came before */
export type Answer = (n: number, response: ServerResponse, socket: Socket) => unknown;

export class TestReceiver {
  /** All requests that came, in their order, and those that were answered with 2xx. */
  readonly received: Received[] = [];
  readonly taken: Received[] = [];
  connections = 0;
  answer: Answer;
  readonly #server: Server;
  readonly #scheme: string;

  private constructor(server: Server, scheme: string, answer: Answer) {
    this.#server = server;
    this.#scheme = scheme;
    this.answer = answer;
  }

  static async open(answer: Answer = (_, response) => response.writeHead(204).end(), port = 0, tls = "") {
    const handle = (request: IncomingMessage, response: ServerResponse) => void receiver.#take(request, response);
    const server = tls === "" ? createServer(handle) : createSecureServer({ key: tls, cert: tls }, handle);
    const receiver = new TestReceiver(server as Server, tls === "" ? "http" : "https", answer);
    server.on("connection", () => receiver.connections++);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}/api/v1/write`;
  }

  /** Every series that was taken. */
  get series(): TimeSeries[] {
    return this.taken.flatMap(({ body }) => timeSeries(body));
  }

  /** The samples that were taken of one series, by the text of its labels. */
  samplesOf(labels: string): Sample[] {
    return this.series.filter((series) => labelsText(series) === labels).flatMap(({ samples }) => samples);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part);
    const received = {
      headers: request.headers,
      url: request.url!,
      body: Buffer.concat(parts),
      timeMs: performance.now(),
    };
    this.received.push(received);
    await this.answer(this.received.length - 1, response, request.socket as Socket);
    if (response.headersSent && response.statusCode < 300) this.taken.push(received);
  }
}
