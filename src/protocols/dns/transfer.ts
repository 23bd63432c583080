/**
 * Where a zone transfer over TCP ends: one query, as many responses as the zone needs.
 *
 * AXFR (RFC 5936 section 2.2) begins and ends with the zone's SOA. IXFR (RFC 1995 section 4) is answered the same way;
 * or with differences, each of them from an older SOA to a newer one, so that the newest comes three times: first, in
 * the last difference, and last; or with the SOA alone when the client has the newest already.
 */
import { u32be } from "../../bytes/read.ts";
import { type Message, readRecord, Record } from "./decoder.ts";
import { STATUS_SUCCESS } from "./messages.ts";
import { AXFR, IXFR, SOA } from "./types.ts";

const record = new Record();

/** Whether a question of this type may be answered by several messages. */
export function isTransfer(type: number): boolean {
  return type === AXFR || type === IXFR;
}

/** Serial of the SOA record in hand: its data ends in five numbers of 32 bits, of which it is the first. */
function serialOf(bytes: Uint8Array): number {
  return record.dataEnd - record.dataAt < 22 ? 0 : u32be(bytes, record.dataEnd - 20);
}

export class Transfer {
  /** Bytes of its messages so far, and the time of the last. */
  responseBytes = 0;
  lastSec = 0;
  lastNsec = 0;
  /** Bytes of its messages that are kept. */
  keptBytes = 0;
  #records = 0;
  #newest = 0;
  #newestSeen = 0;
  #isIncremental = false;

  /** @param clientSerial what the client of an IXFR has, -1 when that is not known */
  constructor(readonly isIxfr: boolean, readonly clientSerial: number) {}

  /** Takes the next message of the response; true when it is the last one. */
  isLast(bytes: Uint8Array, start: number, end: number, message: Message): boolean {
    if (message.status !== STATUS_SUCCESS) return true;
    let at = message.recordsAt;
    for (let i = 0; i < message.announced[0]; i++) {
      at = readRecord(bytes, start, at, end, record);
      if (at < 0) break;
      this.#records++;
      if (record.type !== SOA) {
        if (this.#records === 1) return true; // not a transfer after all
        continue;
      }
      const serial = serialOf(bytes);
      if (this.#records === 1) this.#newest = serial;
      else if (this.#records === 2 && this.isIxfr) this.#isIncremental = serial !== this.#newest;
      if (serial === this.#newest) this.#newestSeen++;
      if (this.#newestSeen === (this.#isIncremental ? 3 : 2)) return true;
    }
    if (this.#records === 1) return this.isIxfr && !this.#isBehind();
    return this.#records === 0;
  }

  /** Whether the client asked for something older than the newest SOA (RFC 1982 section 3.2). */
  #isBehind(): boolean {
    return this.clientSerial >= 0 && ((this.#newest - this.clientSerial) | 0) > 0;
  }
}

/** The serial in the authority section of an IXFR query, -1 when there is none. */
export function serialAsked(bytes: Uint8Array, start: number, end: number, message: Message): number {
  if (message.announced[0] !== 0 || message.announced[1] === 0) return -1;
  const behind = readRecord(bytes, start, message.recordsAt, end, record);
  return behind > 0 && record.type === SOA ? serialOf(bytes) : -1;
}
