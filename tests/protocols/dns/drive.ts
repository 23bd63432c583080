/** Drives one DNS conversation with what both sides send, without the layers below. */
import assert from "node:assert/strict";
import { Arrival, type Direction, Endpoint, type Flow, type Transport } from "../../../src/core/flow.ts";
import { JsonWriter } from "../../../src/core/json.ts";
import { ProtocolLedger } from "../../../src/core/ledger.ts";
import type { Conversation } from "../../../src/core/protocol.ts";
import type { RoundTrip } from "../../../src/core/roundtrip.ts";
import { dns } from "../../../src/protocols/dns/mod.ts";
import type { Exchange } from "../../../src/protocols/dns/messages.ts";
import { concat } from "./wire.ts";

/** 2023-11-14T22:13:20Z */
const START = 1_700_000_000;

export class Drive {
  readonly ledger = new ProtocolLedger("dns");
  readonly answered: RoundTrip<Exchange>[] = [];
  readonly unanswered: RoundTrip<Exchange>[] = [];
  readonly flow: Flow;
  readonly #conversation: Conversation;
  readonly #at = new Arrival();
  readonly #carry = [new Uint8Array(0), new Uint8Array(0)];
  readonly #carryQuiet = [false, false];
  #milliseconds = 0;

  constructor(
    transport: Transport,
    { sawStart = true, clientPort = 40000, serverPort = 53, server = [10, 0, 0, 2] } = {},
  ) {
    this.flow = {
      transport,
      sawStart,
      client: new Endpoint(Uint8Array.of(10, 0, 0, 1), clientPort),
      server: new Endpoint(Uint8Array.from(server), serverPort),
    };
    const { ledger } = this;
    const sink = {
      roundTrip: (roundTrip: RoundTrip) => void this.answered.push(roundTrip as RoundTrip<Exchange>),
      unanswered: (roundTrip: RoundTrip) => void this.unanswered.push(roundTrip as RoundTrip<Exchange>),
    };
    this.#conversation = dns.open(this.flow, new Map([["dns", { ledger, sink }]]), [dns]);
  }

  /** One side sends: a datagram, or a segment. A millisecond passes. */
  send(direction: Direction, bytes: Uint8Array, quiet = true): this {
    const at = this.#at;
    this.#milliseconds++;
    at.sec = START + Math.trunc(this.#milliseconds / 1000);
    at.nsec = (this.#milliseconds % 1000) * 1e6;
    const carried = this.#carry[direction];
    at.carried = carried.length;
    at.quiet = quiet;
    at.carriedQuiet = this.#carryQuiet[direction];
    // An odd place in the array: what is kept must not depend on where it lay.
    const whole = concat(new Uint8Array(3), carried, bytes);
    const consumed = this.#conversation.feed(direction, whole, 3, whole.length, at);
    assert.ok(consumed >= 0 && consumed <= whole.length - 3, `consumed ${consumed}`);
    if (this.flow.transport === "udp") assert.equal(consumed, bytes.length);
    this.#carry[direction] = whole.slice(3 + consumed);
    if (consumed > 0 || carried.length === 0) this.#carryQuiet[direction] = quiet && consumed === carried.length;
    whole.fill(0xee);
    return this;
  }

  client(bytes: Uint8Array, quiet?: boolean): this {
    return this.send(0, bytes, quiet);
  }

  server(bytes: Uint8Array, quiet?: boolean): this {
    return this.send(1, bytes, quiet);
  }

  /** Sends a stream cut at these offsets. */
  pieces(direction: Direction, bytes: Uint8Array, ...offsets: number[]): this {
    const borders = [0, ...offsets, bytes.length];
    for (let i = 1; i < borders.length; i++) this.send(direction, bytes.subarray(borders[i - 1], borders[i]), i === 1);
    return this;
  }

  gap(direction: Direction, lost: number): this {
    this.#carry[direction] = new Uint8Array(0);
    this.#conversation.gap(direction, lost);
    return this;
  }

  pause(milliseconds: number): this {
    this.#milliseconds += milliseconds;
    return this;
  }

  close(): this {
    this.#conversation.close();
    assert.ok(this.ledger.balanced(), "every request is accounted for");
    assert.equal(this.ledger.pending, 0);
    return this;
  }

  /** The JSON line of each round trip, without its line end. */
  lines(): string[] {
    return this.answered.map((roundTrip) => {
      const json = new JsonWriter(64);
      json.ascii('{"Request":');
      dns.request(roundTrip, json, { showSecrets: false });
      json.ascii(',"Response":');
      dns.response(roundTrip, json, { showSecrets: false });
      json.ascii(',"Duration":');
      json.duration(roundTrip.durationNs);
      json.ascii("}");
      return new TextDecoder().decode(json.view());
    });
  }

  // deno-lint-ignore no-explicit-any -- what JSON.parse gives
  parsed(): any[] {
    return this.lines().map((line) => JSON.parse(line));
  }

  /** What was asked and what came of it, for people. */
  asked(): string[] {
    return this.answered.map((r) => `${dns.asked(r, { showSecrets: false })} -> ${dns.result(r)}`);
  }

  reasons(): Record<string, number> {
    return Object.fromEntries(this.ledger.reasons.counts);
  }
}
