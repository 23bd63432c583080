/** Reads the arguments of a method (https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, section 4.2.5). */
import { u16be, u32be, u64be } from "../../bytes/read.ts";
import { utf8 } from "../../bytes/text.ts";
import type { Names } from "./messages.ts";
import {
  BIT,
  EXCHANGE,
  LONG,
  LONGLONG,
  LONGSTR,
  type Method,
  NAMED_ARGUMENTS,
  OCTET,
  QUEUE,
  ROUTING_KEY,
  SHORT,
  SHORTSTR,
} from "./methods.ts";

/** Scratch for the method in hand: numbers and bits by value, short strings by where they lie. */
const starts = new Int32Array(NAMED_ARGUMENTS);
const values = new Float64Array(NAMED_ARGUMENTS);
/** The text that each was last. */
const recent: string[] = new Array(NAMED_ARGUMENTS).fill("");

/**
 * Reads the arguments that lie in `bytes[start..end)`.
 *
 * @returns where they end, or -1 when they reach beyond `end`
 */
export function readArguments(method: Method, bytes: Uint8Array, start: number, end: number): number {
  const { types, names } = method;
  values.fill(0);
  let at = start;
  let bit = 0; // consecutive bits share octets, the lowest first
  for (let i = 0; i < types.length; i++) {
    const name = names[i];
    if (types[i] !== BIT) bit = 0;
    switch (types[i]) {
      case BIT:
        if (bit === 0 && at++ >= end) return -1;
        values[name] = (bytes[at - 1] >> bit) & 1;
        bit = (bit + 1) & 7;
        break;
      case OCTET:
        at += 1;
        break;
      case SHORT:
        if (at + 2 > end) return -1;
        values[name] = u16be(bytes, at);
        at += 2;
        break;
      case LONG:
        at += 4;
        break;
      case LONGLONG:
        if (at + 8 > end) return -1;
        values[name] = u64be(bytes, at);
        at += 8;
        break;
      case SHORTSTR:
        if (at + 1 > end) return -1;
        starts[name] = at + 1;
        at += 1 + bytes[at];
        values[name] = at;
        break;
      case LONGSTR:
        if (at + 4 > end) return -1;
        at += 4 + u32be(bytes, at);
        break;
    }
    if (at > end) return -1;
  }
  return at;
}

/** A number of the arguments that were read last; 0 for one that the method does not have. */
export function numberArgument(name: number): number {
  return values[name];
}

/** Whether a bit of the arguments that were read last is set. */
export function bitArgument(name: number): boolean {
  return values[name] !== 0;
}

/**
 * A short string of the arguments that were read last, from the same bytes. Names repeat from message to message, so
 * the one before is compared first: 30 ns, where a string of UTF-8 costs 300.
 */
export function textArgument(bytes: Uint8Array, name: number): string {
  const start = starts[name], length = values[name] - start;
  if (values[name] === 0) return "";
  const earlier = recent[name];
  if (earlier.length === length) {
    let i = 0;
    while (i < length && earlier.charCodeAt(i) === bytes[start + i] && bytes[start + i] < 0x80) i++;
    if (i === length) return earlier;
  }
  return recent[name] = utf8(bytes, start, start + length);
}

/** What the arguments that were read last name; undefined for a method that names nothing. */
export function namesArgument(method: Method, bytes: Uint8Array): Names | undefined {
  if (!method.hasNames) return undefined;
  return {
    exchange: textArgument(bytes, EXCHANGE),
    routingKey: textArgument(bytes, ROUTING_KEY),
    queue: textArgument(bytes, QUEUE),
  };
}
