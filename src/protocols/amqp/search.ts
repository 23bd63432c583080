/**
 * What certainly is the beginning of something: frames that are checked to the last octet, for streams whose frame
 * borders are not known, and the protocol header that opens a connection.
 *
 * https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, sections 4.2.2 and 4.2.3
 */
import { i32be, u16be, u32be } from "../../bytes/read.ts";
import type { Direction } from "../../core/flow.ts";
import { readArguments } from "./arguments.ts";
import {
  CONNECTION_CHANNEL,
  FRAME_END,
  FRAME_EXTRA_BYTES,
  FRAME_HEADER_BYTES,
  HEARTBEAT,
  METHOD,
  PROTOCOL_HEADER_BYTES,
} from "./messages.ts";
import { classOf, CONNECTION, maySend, methodOf } from "./methods.ts";

/** Longest payload of a method that a search takes for one. */
const LIKELY_METHOD_BYTES = 4096;

/** Not enough bytes to tell. */
export const HALF = 0;
/** Nothing of the kind. */
export const NO = -1;

/**
 * The length of the method or heartbeat frame that these bytes begin: known, allowed to this side, on a fitting
 * channel, its arguments filling it exactly. HALF when it is not whole yet, NO for anything else.
 */
export function frameAt(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
  const type = bytes[start];
  if (type !== METHOD && type !== HEARTBEAT) return NO;
  if (end - start < FRAME_HEADER_BYTES) return HALF;
  const channel = u16be(bytes, start + 1);
  const size = u32be(bytes, start + 3);
  if (type === HEARTBEAT) {
    if (size !== 0 || channel !== 0) return NO;
    if (end - start < FRAME_EXTRA_BYTES) return HALF;
    return bytes[start + FRAME_HEADER_BYTES] === FRAME_END ? FRAME_EXTRA_BYTES : NO;
  }
  if (size < 4 || size > LIKELY_METHOD_BYTES) return NO;
  const payload = start + FRAME_HEADER_BYTES;
  if (end < payload + 4) return HALF;
  const method = methodOf(i32be(bytes, payload));
  if (method === undefined || !maySend(method, direction)) return NO;
  if ((classOf(method.code) === CONNECTION) !== (channel === CONNECTION_CHANNEL)) return NO;
  if (end < payload + size + 1) return HALF;
  if (bytes[payload + size] !== FRAME_END) return NO;
  const exact = readArguments(method, bytes, payload + 4, payload + size) === payload + size;
  return exact ? size + FRAME_EXTRA_BYTES : NO;
}

/** The length of the protocol header that these bytes begin, HALF, or NO. */
export function protocolHeaderAt(bytes: Uint8Array, start: number, end: number): number {
  const text = "AMQP";
  for (let i = 0; i < text.length; i++) {
    if (start + i === end) return HALF;
    if (bytes[start + i] !== text.charCodeAt(i)) return NO;
  }
  return end - start < PROTOCOL_HEADER_BYTES ? HALF : PROTOCOL_HEADER_BYTES;
}

/** Whether this protocol header asks for a version that is decoded here: 0-9-1, and 0-9 and 0-8 with the same frames. */
export function isKnownVersion(bytes: Uint8Array, start: number): boolean {
  const version = i32be(bytes, start + 4);
  return version === 0x00000901 || version === 0x01010009 || version === 0x01010800 || version === 0x01010901;
}

/** What a protocol header asks for: `AMQP 1.0`, `AMQP 0-10` (https://www.amqp.org/resources/download). */
export function versionName(bytes: Uint8Array, start: number): string {
  const major = bytes[start + 5], minor = bytes[start + 6], revision = bytes[start + 7];
  if (bytes[start + 4] !== 1 && major === 1 && minor === 0) return "AMQP 1.0"; // 0, 2 and 3: plain, TLS, SASL
  if (major === 1 && minor === 0 && revision === 10) return "AMQP 0-10";
  return "an unknown version of AMQP";
}
