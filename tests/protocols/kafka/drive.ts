/** Drives Kafka conversations with what both sides send, without the layers below. */
import assert from "node:assert/strict";
import { Arrival, type Direction, Endpoint, type Flow } from "../../../src/core/flow.ts";
import { JsonWriter } from "../../../src/core/json.ts";
import { ProtocolLedger } from "../../../src/core/ledger.ts";
import type { ConversationContext } from "../../../src/core/protocol.ts";
import type { RoundTrip } from "../../../src/core/roundtrip.ts";
import type { KafkaDetail } from "../../../src/protocols/kafka/messages.ts";
import { kafka } from "../../../src/protocols/kafka/mod.ts";
import { concat } from "../../tools/build.ts";

/** 2023-11-14T22:13:20Z */
const START = 1_700_000_000;

type Pair = RoundTrip<KafkaDetail>;

/** What conversations of one lane share. */
export class Shared implements ConversationContext {
  readonly ledger = new ProtocolLedger("kafka");
  readonly answered: Pair[] = [];
  readonly unanswered: Pair[] = [];
  readonly sink = {
    roundTrip: (roundTrip: RoundTrip) => void this.answered.push(roundTrip as Pair),
    unanswered: (roundTrip: RoundTrip) => void this.unanswered.push(roundTrip as Pair),
  };
}

/** One connection. A millisecond passes with each call. */
export class Drive {
  readonly flow: Flow;
  /** The verdict, once there was one. */
  verdict = 0;
  readonly #conversation;
  readonly #at = new Arrival();
  readonly #carry = [new Uint8Array(0), new Uint8Array(0)];
  readonly #carryQuiet = [false, false];
  /** Sequence numbers: where each side's next byte is. */
  readonly #next = [1000, 5000];
  #milliseconds = 0;

  constructor(readonly shared = new Shared(), sawStart = true) {
    this.flow = {
      transport: "tcp",
      sawStart,
      client: new Endpoint(Uint8Array.of(10, 0, 0, 1), 40000),
      server: new Endpoint(Uint8Array.of(10, 0, 0, 2), 99),
    };
    this.#conversation = kafka.open(this.flow, new Map([["kafka", shared]]), [kafka]);
  }

  /** One side sends a segment. */
  send(direction: Direction, bytes: Uint8Array, quiet: boolean): this {
    assert.equal(this.verdict, 0);
    const at = this.#at;
    this.#milliseconds++;
    at.sec = START + Math.trunc(this.#milliseconds / 1000);
    at.nsec = (this.#milliseconds % 1000) * 1e6;
    const carried = this.#carry[direction];
    at.sequence = (this.#next[direction] - carried.length) | 0;
    at.acknowledged = at.carriedAcknowledged = this.#next[1 - direction] | 0;
    at.carried = carried.length;
    at.quiet = quiet;
    at.carriedQuiet = this.#carryQuiet[direction];
    this.#next[direction] += bytes.length;
    // An odd place in the array: what is kept must not depend on where it lay.
    const whole = concat(new Uint8Array(3), carried, bytes);
    const consumed = this.#conversation.feed(direction, whole, 3, whole.length, at);
    if (consumed < 0) {
      this.verdict = consumed;
      return this;
    }
    assert.ok(consumed <= whole.length - 3, `consumed ${consumed}`);
    this.#carry[direction] = whole.slice(3 + consumed);
    if (consumed > 0 || carried.length === 0) this.#carryQuiet[direction] = quiet && consumed === carried.length;
    whole.fill(0xee);
    return this;
  }

  /** @param quiet whether nothing was in flight either way */
  client(bytes: Uint8Array, quiet = true): this {
    return this.send(0, bytes, quiet);
  }

  server(bytes: Uint8Array): this {
    return this.send(1, bytes, false);
  }

  gap(direction: Direction, lost: number): this {
    this.#next[direction] += lost;
    this.#carry[direction] = new Uint8Array(0);
    this.#conversation.gap(direction, lost);
    return this;
  }

  /** How many bytes wait for more. */
  get carried(): number {
    return this.#carry[0].length + this.#carry[1].length;
  }

  close(): this {
    this.#conversation.close();
    const { ledger } = this.shared;
    assert.ok(ledger.balanced(), "every request is accounted for");
    assert.equal(ledger.pending, 0);
    return this;
  }

  /** The JSON line of each round trip, without its line end. */
  lines(showSecrets = false): string[] {
    return this.shared.answered.map((roundTrip) => {
      const json = new JsonWriter(64);
      json.ascii('{"Request":');
      kafka.request(roundTrip, json, { showSecrets });
      json.ascii(',"Response":');
      kafka.response(roundTrip, json, { showSecrets });
      json.ascii(',"Duration":');
      json.duration(roundTrip.durationNs);
      json.ascii("}");
      return new TextDecoder().decode(json.view());
    });
  }

  /** What was asked and what came of it, for people. */
  asked(): string[] {
    return this.shared.answered.map((r) => `${kafka.asked(r, { showSecrets: false })} -> ${kafka.result(r)}`);
  }

  reasons(): Record<string, number> {
    return Object.fromEntries(this.shared.ledger.reasons.counts);
  }
}
