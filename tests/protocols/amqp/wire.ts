/**
 * AMQP 0-9-1 frames made by hand, after https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, sections 4.2.2 to
 * 4.2.6, and what a lane makes of a connection of them.
 */
import assert from "node:assert/strict";
import { BIT, LONG, LONGLONG, LONGSTR, methods, OCTET, SHORT, SHORTSTR } from "../../../src/protocols/amqp/methods.ts";
import { concat, Talk } from "../../tools/build.ts";
import { type Packet, replay, type Replayed } from "../../tools/replay.ts";
import { byteByByte } from "../../tools/segments.ts";

const text = new TextEncoder();

export function big(value: number, bytes: number): Uint8Array {
  const made = new Uint8Array(bytes);
  for (let i = bytes - 1; i >= 0; i--) {
    made[i] = value % 256;
    value = Math.trunc(value / 256);
  }
  return made;
}

/** 4.2.3: type, channel, size, payload, end octet. */
export function frame(type: number, channel: number, payload: Uint8Array, end = 0xce): Uint8Array {
  return concat(big(type, 1), big(channel, 2), big(payload.length, 4), payload, big(end, 1));
}

type Value = number | boolean | string | Uint8Array;

/** A method frame with its arguments in order; those left out are zero, false or empty. */
export function method(channel: number, title: string, ...values: Value[]): Uint8Array {
  const { code, types } = methods.find((known) => known.title === title)!;
  const parts = [big(code, 4)];
  let bits = 0, bitCount = 0;
  types.forEach((type, i) => {
    const value = values[i];
    if (type === BIT) {
      if (value === true) bits |= 1 << bitCount;
      bitCount++;
    }
    if (bitCount > 0 && (type !== BIT || i === types.length - 1 || bitCount === 8)) {
      parts.push(big(bits, 1));
      bits = bitCount = 0;
    }
    if (type === OCTET) parts.push(big(Number(value ?? 0), 1));
    if (type === SHORT) parts.push(big(Number(value ?? 0), 2));
    if (type === LONG) parts.push(big(Number(value ?? 0), 4));
    if (type === LONGLONG) parts.push(big(Number(value ?? 0), 8));
    if (type !== SHORTSTR && type !== LONGSTR) return;
    const bytes = typeof value === "string" ? text.encode(value) : value instanceof Uint8Array ? value : big(0, 0);
    parts.push(big(bytes.length, type === SHORTSTR ? 1 : 4), bytes);
  });
  return frame(1, channel, concat(...parts));
}

/** 4.2.6.1: class 60, weight 0, body size, property flags. */
export function contentHeader(channel: number, size: number, properties = big(0, 2)): Uint8Array {
  return frame(2, channel, concat(big(60, 2), big(0, 2), big(size, 8), properties));
}

export const body = (channel: number, payload: string | Uint8Array) =>
  frame(3, channel, typeof payload === "string" ? text.encode(payload) : payload);

export const heartbeat = frame(8, 0, big(0, 0));

function content(channel: number, carrier: Uint8Array, payload: string): Uint8Array {
  const frames = [carrier, contentHeader(channel, payload.length)];
  return concat(...frames, ...(payload === "" ? [] : [body(channel, payload)]));
}

export function publish(
  channel: number,
  { exchange = "", key = "k", mandatory = false, payload = "payload" } = {},
): Uint8Array {
  return content(channel, method(channel, "Basic.Publish", 0, exchange, key, mandatory), payload);
}

export function returned(channel: number, { exchange = "", key = "k", code = 312, payload = "payload" } = {}) {
  return content(channel, method(channel, "Basic.Return", code, "NO_ROUTE", exchange, key), payload);
}

export function deliver(channel: number, tag: number, { consumer = "c", key = "k", payload = "payload" } = {}) {
  return content(channel, method(channel, "Basic.Deliver", consumer, tag, false, "x", key), payload);
}

export function getOk(channel: number, tag: number, payload = "payload"): Uint8Array {
  return content(channel, method(channel, "Basic.Get-Ok", tag, false, "x", "k", 0), payload);
}

export const ack = (channel: number, tag: number, multiple = false) => method(channel, "Basic.Ack", tag, multiple);
export const nack = (channel: number, tag: number, multiple = false) => method(channel, "Basic.Nack", tag, multiple);

/** 4.2.2 */
export const protocolHeader = (...version: number[]) => concat(text.encode("AMQP"), Uint8Array.from(version));
export const amqp091 = protocolHeader(0, 0, 9, 1);

/** `\0guest\0guest`, as PLAIN sends it (RFC 4616). */
export const plain = text.encode("\0guest\0s3cret-pass");

export const rules = [{ protocol: "amqp", ports: [5672], host: "" }];

/** A connection from its handshake to Open-Ok. */
export function connected(clientPort = 40000): Talk {
  return new Talk(5672, clientPort).handshake().client(amqp091)
    .server(method(0, "Connection.Start", 0, 9, "", "PLAIN", "en_US"))
    .client(method(0, "Connection.Start-Ok", "", "PLAIN", plain, "en_US"))
    .server(method(0, "Connection.Tune", 2047, 131072, 60))
    .client(concat(method(0, "Connection.Tune-Ok", 2047, 131072, 60), method(0, "Connection.Open", "/")))
    .server(method(0, "Connection.Open-Ok"));
}

/** A connection with one channel open. */
export function opened(channel = 1): Talk {
  return connected().client(method(channel, "Channel.Open")).server(method(channel, "Channel.Open-Ok"));
}

/** A connection with a channel whose publishings are confirmed. */
export function confirming(channel = 1): Talk {
  return opened(channel).client(method(channel, "Confirm.Select")).server(method(channel, "Confirm.Select-Ok"));
}

/** A connection with a channel on which the consumer `c` acknowledges. */
export function consuming(channel = 1): Talk {
  return opened(channel).client(method(channel, "Basic.Consume", 0, "q", "c"))
    .server(method(channel, "Basic.Consume-Ok", "c"));
}

export interface Heard extends Replayed {
  /** `40000 Basic.Publish 1 -> Ack OK`, without those of the handshake. */
  readonly pairs: string[];
  /** `requests=3 paired=2 ...`: the counts that are not zero, without those of the handshake. */
  readonly account: string;
  readonly reasons: string[];
}

const HANDSHAKE = /^\{"Request":\{"ChannelID":0.*"Method":"(Start|Tune|Open)"\}.*"Response"/;

/** What a lane makes of these packets; the same when every byte comes alone. */
export function heard(packets: readonly Packet[]): Heard {
  const whole = replay(packets, rules);
  const single = replay(byteByByte(packets), rules);
  assert.deepEqual(single.lines, whole.lines, "byte by byte");
  const ledger = whole.ledger.of("amqp");
  assert.ok(ledger.balanced());
  assert.equal(ledger.pending, 0);
  const lines = whole.lines.filter((line) => !HANDSHAKE.test(line));
  const pairs = lines.map((line) => {
    const { Request, Response } = JSON.parse(line);
    const { Class, Method } = Request.ClassMethod;
    return `${Request.Port} ${Class}.${Method} ${Request.ChannelID} -> ${Response.ClassMethod.Method} ${Response.ErrCode}`;
  });
  const handshake = whole.lines.length - lines.length;
  const { requests, paired, unanswered, oneWay, evicted, lost, responsesAlone } = ledger;
  const counts = { requests: requests - handshake, paired: paired - handshake, unanswered, oneWay, evicted, lost };
  const account = Object.entries({ ...counts, responsesAlone }).filter(([, count]) => count !== 0)
    .map(([name, count]) => `${name}=${count}`).join(" ");
  const reasons = [...ledger.reasons.counts].map(([reason, count]) => `${reason}: ${count}`);
  return { ...whole, pairs, account, reasons };
}

/** The packets of a talk without some of them; the handshake's are negative, counted from the end. */
export function without(packets: readonly Packet[], ...indices: number[]): Packet[] {
  const dropped = new Set(indices.map((index) => index < 0 ? packets.length + index : index));
  return packets.filter((_, index) => !dropped.has(index));
}
