/**
 * Headers of requests: what stands before the fields of an API, and whether bytes can be one.
 * https://kafka.apache.org/protocol.html#protocol_messages
 */
import { i32be, u16be, u32be } from "../../bytes/read.ts";
import { apis } from "./apis.ts";
import type { Api } from "./layout.ts";
import { API_VERSIONS, CONTROLLED_SHUTDOWN, MESSAGE_BYTES, NEWER_VERSIONS } from "./messages.ts";

/** Bytes of the length that precedes every message. */
export const LENGTH_BYTES = 4;
/** Bytes that begin a response: its length and the id of the request that it answers. */
export const RESPONSE_HEADER = 8;
const FIXED_HEADER = 12, CLIENT_ID = 14;
/** Longest client id where a header is the only sign of a request. */
const SOUGHT_CLIENT_ID = 255;

/** Answers of {@link RequestHeader.read} beside the size of a header. */
export const HALF = 0, NOT_A_HEADER = -1;

/** What was read of a header; one object, filled anew for each. */
export class RequestHeader {
  api!: Api;
  version = 0;
  correlationId = 0;
  /** Bytes of the message behind its length. */
  length = 0;
  /** Where the client id lies; empty for null. */
  clientStart = 0;
  clientEnd = 0;

  /**
   * Reads the header at `at`. The size returned ends with the client id; tagged fields may follow it.
   *
   *     |    length (4)   | api key (2) | version (2) | correlation id (4) | client id (2 + n) | tagged fields |
   *
   * Version 0 of ControlledShutdown ends with the correlation id, and only flexible versions have tagged fields.
   */
  read(bytes: Uint8Array, at: number, end: number): number {
    const available = end - at;
    if (available < LENGTH_BYTES + 4) return HALF;
    const api = apis[u16be(bytes, at + 4)];
    const version = u16be(bytes, at + 6);
    const length = i32be(bytes, at);
    if (api === undefined || version > api.highest + NEWER_VERSIONS || length < 8) return NOT_A_HEADER;
    if (available < FIXED_HEADER) return HALF;
    this.api = api;
    this.version = version;
    this.length = length;
    this.correlationId = i32be(bytes, at + 8);
    this.clientStart = this.clientEnd = at + FIXED_HEADER;
    if (api.key === CONTROLLED_SHUTDOWN && version === 0) return FIXED_HEADER;
    if (available < CLIENT_ID) return HALF;
    const clientBytes = (u16be(bytes, at + FIXED_HEADER) << 16) >> 16;
    if (clientBytes < -1 || CLIENT_ID + clientBytes > LENGTH_BYTES + length) return NOT_A_HEADER;
    const size = CLIENT_ID + Math.max(0, clientBytes);
    if (available < size) return HALF;
    this.clientStart = at + CLIENT_ID;
    this.clientEnd = at + size;
    return size;
  }

  /** As {@link read}, where nothing else says that a request begins here: only what is usual is taken for one. */
  seek(bytes: Uint8Array, at: number, end: number): number {
    const available = end - at;
    if (available >= LENGTH_BYTES && u32be(bytes, at) > MESSAGE_BYTES) return NOT_A_HEADER;
    if (available >= CLIENT_ID && u16be(bytes, at + FIXED_HEADER) > SOUGHT_CLIENT_ID) {
      if (u16be(bytes, at + FIXED_HEADER) !== 0xffff) return NOT_A_HEADER;
    }
    const size = this.read(bytes, at, end);
    if (available >= LENGTH_BYTES + 4 && size !== NOT_A_HEADER) {
      const api = apis[u16be(bytes, at + 4)]!;
      // Clients ask for versions that only newer brokers have with this one API.
      if (u16be(bytes, at + 6) > api.highest && api.key !== API_VERSIONS) return NOT_A_HEADER;
    }
    for (let i = at + CLIENT_ID; i < at + size; i++) if (bytes[i] < 0x20 || bytes[i] === 0x7f) return NOT_A_HEADER;
    return size;
  }
}

/** What {@link chain} finds besides HALF and NOT_A_HEADER: requests up to the end, or one that goes on behind it. */
export const WHOLE = 1, OPEN = 2;

const scratch = new RequestHeader();

/** Whether requests, one after another, fill the bytes from `at` to `end`; `first` has the first of them. */
export function chain(bytes: Uint8Array, at: number, end: number, first: RequestHeader): number {
  let header = first;
  while (at < end) {
    const size = header.seek(bytes, at, end);
    if (size === NOT_A_HEADER) return NOT_A_HEADER;
    if (size === HALF) return header === first ? HALF : OPEN;
    at += LENGTH_BYTES + header.length;
    header = scratch;
  }
  return at === end ? WHOLE : OPEN;
}
