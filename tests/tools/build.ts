/** Makes packets by hand: Ethernet, IP and TCP or UDP headers around a payload, after RFC 791, 8200, 9293 and 768. */
import type { Packet } from "./replay.ts";

export const FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10;

const text = new TextEncoder();

export function bytesOf(payload: string | Uint8Array): Uint8Array {
  return typeof payload === "string" ? text.encode(payload) : payload;
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export interface IpOptions {
  readonly protocol: number;
  readonly source?: readonly number[];
  readonly destination?: readonly number[];
  /** The field with flags and fragment offset. */
  readonly fragment?: number;
  readonly id?: number;
  /** Written instead of the true length. */
  readonly totalLength?: number;
}

export function ipv4(payload: Uint8Array, options: IpOptions): Uint8Array {
  const { protocol, source = [10, 0, 0, 1], destination = [10, 0, 0, 2], fragment = 0, id = 7 } = options;
  const header = new Uint8Array(20);
  const view = new DataView(header.buffer);
  header[0] = 0x45;
  view.setUint16(2, options.totalLength ?? 20 + payload.length);
  view.setUint16(4, id);
  view.setUint16(6, fragment);
  header[8] = 64;
  header[9] = protocol;
  header.set(source, 12);
  header.set(destination, 16);
  return concat(header, payload);
}

/** @param extensions extension headers, already linked; `protocol` is the first next header */
export function ipv6(
  payload: Uint8Array,
  protocol: number,
  source = 1,
  destination = 2,
  payloadLength = payload.length,
) {
  const header = new Uint8Array(40);
  header[0] = 0x60;
  new DataView(header.buffer).setUint16(4, payloadLength);
  header[6] = protocol;
  header[7] = 64;
  header.set([0x20, 0x01, 0x0d, 0xb8], 8);
  header[23] = source;
  header.set([0x20, 0x01, 0x0d, 0xb8], 24);
  header[39] = destination;
  return concat(header, payload);
}

export function ethernet(payload: Uint8Array, type = 0x0800, tags: readonly number[] = []): Uint8Array {
  const header = new Uint8Array(12);
  const parts = [header];
  for (const tag of tags) parts.push(new Uint8Array([tag >> 8, tag & 255, 0, 5]));
  return concat(...parts, new Uint8Array([type >> 8, type & 255]), payload);
}

export function tcp(
  sourcePort: number,
  destinationPort: number,
  sequence: number,
  acknowledged: number,
  flags: number,
  payload: string | Uint8Array = "",
): Uint8Array {
  const header = new Uint8Array(20);
  const view = new DataView(header.buffer);
  view.setUint16(0, sourcePort);
  view.setUint16(2, destinationPort);
  view.setUint32(4, sequence >>> 0);
  view.setUint32(8, acknowledged >>> 0);
  header[12] = 0x50;
  header[13] = flags;
  view.setUint16(14, 65535);
  return concat(header, bytesOf(payload));
}

export function udp(sourcePort: number, destinationPort: number, payload: string | Uint8Array): Uint8Array {
  const data = bytesOf(payload);
  const header = new Uint8Array(8);
  const view = new DataView(header.buffer);
  view.setUint16(0, sourcePort);
  view.setUint16(2, destinationPort);
  view.setUint16(4, 8 + data.length);
  return concat(header, data);
}

export function packet(bytes: Uint8Array, milliseconds = 0, linkType = 1): Packet {
  return {
    bytes,
    wireLength: bytes.length,
    sec: 1_700_000_000 + Math.trunc(milliseconds / 1000),
    nsec: (milliseconds % 1000) * 1e6,
    linkType,
  };
}

/** A TCP connection between a client and a server, a millisecond a packet. */
export class Talk {
  readonly packets: Packet[] = [];
  #next: [number, number];
  #milliseconds = 0;

  constructor(
    readonly serverPort: number,
    readonly clientPort = 40000,
    clientStart = 1000,
    serverStart = 5000,
  ) {
    this.#next = [clientStart, serverStart];
  }

  /** SYN, SYN-ACK, ACK. */
  handshake(): this {
    this.#send(0, SYN);
    this.#next[0] = (this.#next[0] + 1) >>> 0;
    this.#send(1, SYN | ACK);
    this.#next[1] = (this.#next[1] + 1) >>> 0;
    return this.#send(0, ACK);
  }

  client(payload: string | Uint8Array): this {
    return this.#send(0, ACK, payload);
  }

  server(payload: string | Uint8Array): this {
    return this.#send(1, ACK, payload);
  }

  /** An empty segment that acknowledges all so far. */
  ack(side: 0 | 1): this {
    return this.#send(side, ACK);
  }

  fin(side: 0 | 1): this {
    this.#send(side, FIN | ACK);
    this.#next[side] = (this.#next[side] + 1) >>> 0;
    return this;
  }

  reset(side: 0 | 1): this {
    return this.#send(side, RST | ACK);
  }

  pause(milliseconds: number): this {
    this.#milliseconds += milliseconds;
    return this;
  }

  #send(side: 0 | 1, flags: number, payload: string | Uint8Array = ""): this {
    const data = bytesOf(payload);
    const ports = side === 0 ? [this.clientPort, this.serverPort] : [this.serverPort, this.clientPort];
    const acknowledged = flags & ACK ? this.#next[1 - side] : 0;
    const segment = tcp(ports[0], ports[1], this.#next[side], acknowledged, flags, data);
    const [source, destination] = side === 0 ? [[10, 0, 0, 1], [10, 0, 0, 2]] : [[10, 0, 0, 2], [10, 0, 0, 1]];
    this.packets.push(packet(ethernet(ipv4(segment, { protocol: 6, source, destination })), this.#milliseconds++));
    this.#next[side] = (this.#next[side] + data.length) >>> 0;
    return this;
  }
}
