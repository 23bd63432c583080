/** Whatever bytes come, there are only verdicts and valid JSON, and a good exchange afterwards is still found. */
import assert from "node:assert/strict";
import { Arrival, type Direction, Endpoint, type Flow } from "../../../src/core/flow.ts";
import { JsonWriter } from "../../../src/core/json.ts";
import { ProtocolLedger } from "../../../src/core/ledger.ts";
import type { RoundTrip } from "../../../src/core/roundtrip.ts";
import type { AmqpDetail } from "../../../src/protocols/amqp/messages.ts";
import { CARRIES, type Method, methods } from "../../../src/protocols/amqp/methods.ts";
import { amqp } from "../../../src/protocols/amqp/mod.ts";
import { JsonLines } from "../../../src/export/json_lines.ts";
import { concat } from "../../tools/build.ts";
import { seeded } from "../../tools/random.ts";
import { ack, amqp091, contentHeader, deliver, getOk, heartbeat, method, nack, publish, returned } from "./wire.ts";

/** What either side may send. */
const seeds: readonly Uint8Array[][] = [
  [...methods.filter(({ fromClient }) => fromClient), "publish"].map(seed),
  [...methods.filter(({ fromServer }) => fromServer), "deliver", "get", "return"].map(seed),
];

function seed(kind: Method | string): Uint8Array {
  if (kind === "publish") return concat(publish(1, { mandatory: true }), ack(1, 2, true), nack(1, 0, true), ack(1, 1));
  if (kind === "deliver") return concat(deliver(1, 1), deliver(1, 2), ack(1, 2), nack(1, 9, true), heartbeat);
  if (kind === "get") return getOk(1, 3);
  if (kind === "return") return returned(1);
  const { title, class: name, role } = kind as Method;
  const sent = method(name === "Connection" ? 0 : 1, title);
  return role === CARRIES ? concat(sent, contentHeader(1, 0)) : sent;
}

/** Feeds a conversation as the stream layer does: what is not consumed comes again. */
class Drive {
  readonly ledger = new ProtocolLedger("amqp");
  readonly json = new JsonWriter();
  answered = 0;
  isOver = false;
  readonly #conversation;
  readonly #carry = [new Uint8Array(0), new Uint8Array(0)];
  readonly #sent = [0, 0];
  readonly #at = new Arrival();

  constructor(sawStart: boolean) {
    const format = new JsonLines({ showSecrets: true });
    const sink = {
      roundTrip: (roundTrip: RoundTrip) => {
        this.answered++;
        format.write(roundTrip, this.json);
        this.#tell(roundTrip as RoundTrip<AmqpDetail>);
      },
      unanswered: (roundTrip: RoundTrip) => void amqp.asked(roundTrip as RoundTrip<AmqpDetail>, { showSecrets: true }),
    };
    const flow: Flow = {
      transport: "tcp",
      sawStart,
      client: new Endpoint(Uint8Array.of(10, 0, 0, 1), 40000),
      server: new Endpoint(Uint8Array.of(10, 0, 0, 2), 5672),
    };
    this.#conversation = amqp.open(flow, new Map([["amqp", { ledger: this.ledger, sink }]]), [amqp]);
  }

  send(side: Direction, bytes: Uint8Array, isQuiet: boolean): void {
    if (this.isOver) return;
    const at = this.#at;
    const carried = this.#carry[side];
    const whole = concat(carried, bytes);
    at.sec++;
    at.carried = carried.length;
    at.sequence = (this.#sent[side] - carried.length) | 0;
    at.acknowledged = at.carriedAcknowledged = this.#sent[1 - side] | 0;
    at.quiet = isQuiet;
    at.carriedQuiet = false;
    this.#sent[side] += bytes.length;
    const consumed = this.#conversation.feed(side, whole, 0, whole.length, at);
    assert.ok(consumed <= whole.length && consumed >= -4);
    if (consumed < 0) this.isOver = true;
    else this.#carry[side] = whole.slice(consumed);
    assert.ok(this.#carry[side].length <= 256 * 1024);
    whole.fill(0xee);
  }

  gap(side: Direction, lost: number): void {
    if (this.isOver) return;
    this.#carry[side] = new Uint8Array(0);
    this.#sent[side] += lost;
    this.#conversation.gap(side, lost);
  }

  /** A channel is opened after so much is missing that nothing before can matter. */
  afterwards(): void {
    for (const side of [0, 1] as const) this.gap(side, 2 ** 32);
    const before = this.answered;
    this.send(0, method(777, "Channel.Open"), true);
    this.send(1, method(777, "Channel.Open-Ok"), true);
    assert.equal(this.answered, before + (this.isOver ? 0 : 1));
    this.#conversation.close();
    assert.ok(this.ledger.balanced());
    assert.equal(this.ledger.pending, 0);
    for (const line of new TextDecoder().decode(this.json.view()).split("\n").slice(0, -1)) JSON.parse(line);
  }

  #tell(roundTrip: RoundTrip<AmqpDetail>): void {
    const rendering = { showSecrets: true };
    for (const text of [amqp.asked(roundTrip, rendering), amqp.result(roundTrip)]) assert.equal(typeof text, "string");
    assert.equal(typeof amqp.failed(roundTrip), "boolean");
    for (const label of Object.values(amqp.labels)) assert.equal(typeof label.read(roundTrip), "string");
    for (const [, value] of amqp.span(roundTrip, rendering).attributes) assert.notEqual(value, undefined);
  }
}

/** Some seeds, a few bytes of which are changed, cut out or repeated. */
function mutated(random: () => number, side: Direction, mutations: number): Uint8Array {
  const below = (n: number) => Math.floor(random() * n);
  const known = seeds[mutations > 0 && random() < 0.1 ? 1 - side : side];
  let bytes = concat(...Array.from({ length: 1 + below(8) }, () => known[below(known.length)]));
  for (let i = 0; i < mutations; i++) {
    const at = below(bytes.length), length = below(16);
    const kind = below(4);
    if (kind === 0) bytes[at] = below(256);
    else if (kind === 1) bytes[at] ^= 1 << below(8);
    else if (kind === 2) bytes = concat(bytes.subarray(0, at), bytes.subarray(at + length));
    else bytes = concat(bytes.subarray(0, at + length), bytes.subarray(at));
    if (bytes.length === 0) bytes = new Uint8Array(1);
  }
  return bytes;
}

function fuzz(seed: number, rounds: number, mutations: (random: () => number) => number): number {
  const random = seeded(seed);
  let answered = 0;
  for (let round = 0; round < rounds; round++) {
    const drive = new Drive(random() < 0.5);
    drive.send(0, amqp091, true);
    drive.send(1, method(0, "Connection.Start"), true);
    drive.send(0, method(1, "Channel.Open"), true);
    for (let i = 0; i < 30; i++) {
      const side = random() < 0.5 ? 0 : 1;
      const bytes = mutated(random, side, mutations(random));
      const border = Math.floor(random() * bytes.length);
      drive.send(side, bytes.subarray(0, border), random() < 0.5);
      drive.send(side, bytes.subarray(border), random() < 0.5);
      amqp.probe(side, bytes, 0, bytes.length);
      if (random() < 0.05) drive.gap(side, Math.floor(random() * 100));
    }
    drive.afterwards();
    answered += drive.answered;
  }
  return answered;
}

Deno.test("frames in any order", () => {
  assert.ok(fuzz(1, 300, () => 0) > 2000);
});

Deno.test("mutated frames, in pieces, with gaps", () => {
  fuzz(5672, 800, (random) => Math.floor(random() * 4));
});

Deno.test("bytes without any meaning", () => {
  const random = seeded(99);
  for (let round = 0; round < 200; round++) {
    const drive = new Drive(false);
    for (let i = 0; i < 20; i++) {
      const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 400) }, () => {
        return random() < 0.5 ? Math.floor(random() * 3) : Math.floor(random() * 256);
      });
      drive.send(random() < 0.5 ? 0 : 1, bytes, random() < 0.5);
    }
    drive.afterwards();
  }
});
