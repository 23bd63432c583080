/** Whatever bytes come, there are only verdicts and valid JSON, and a good exchange afterwards is still found. */
import assert from "node:assert/strict";
import { Arrival, type Direction, Endpoint, FROM_CLIENT, FROM_SERVER } from "../../../src/core/flow.ts";
import { JsonWriter } from "../../../src/core/json.ts";
import { ProtocolLedger } from "../../../src/core/ledger.ts";
import type { Conversation } from "../../../src/core/protocol.ts";
import type { RoundTrip } from "../../../src/core/roundtrip.ts";
import { CERTAIN, NO, UNSURE } from "../../../src/core/verdict.ts";
import { grpc } from "../../../src/protocols/grpc/mod.ts";
import { http2 } from "../../../src/protocols/http2/mod.ts";
import { bytesOf, concat } from "../../tools/build.ts";
import { claimsOf, loadCase } from "../../tools/cases.ts";
import { seeded } from "../../tools/random.ts";
import { tcpPlace } from "../../tools/segments.ts";
import { data, PREFACE, request, response, settings } from "./frames.ts";

/** One connection, without the layers below. */
class Drive {
  readonly ledgers = [new ProtocolLedger("http2"), new ProtocolLedger("grpc")];
  readonly roundTrips: RoundTrip[] = [];
  readonly #conversation: Conversation;
  readonly #at = new Arrival();
  readonly #carry = [new Uint8Array(0), new Uint8Array(0)];
  /** Whether the conversation has said that it is over. */
  over = false;

  constructor(sawStart: boolean) {
    const endpoint = (port: number) => new Endpoint(Uint8Array.of(10, 0, 0, 1), port);
    const sink = { roundTrip: (r: RoundTrip) => this.#taken(r), unanswered: (r: RoundTrip) => this.#taken(r) };
    const contexts = new Map(this.ledgers.map((ledger) => [ledger.protocol, { ledger, sink }]));
    const flow = { transport: "tcp", sawStart, client: endpoint(40000), server: endpoint(50051) } as const;
    this.#conversation = http2.open(flow, contexts, [http2, grpc]);
  }

  #taken(roundTrip: RoundTrip): void {
    this.roundTrips.push(roundTrip);
    const { protocol, answered } = roundTrip;
    const json = new JsonWriter(64), rendering = { showSecrets: false };
    protocol.request(roundTrip, json, rendering);
    if (answered) {
      json.ascii("\n");
      protocol.response(roundTrip, json, rendering);
      assert.equal(typeof protocol.result(roundTrip), "string");
      assert.equal(typeof protocol.failed(roundTrip), "boolean");
      protocol.span(roundTrip, rendering);
    }
    for (const line of new TextDecoder().decode(json.view()).split("\n")) JSON.parse(line);
    assert.equal(typeof protocol.asked(roundTrip, rendering), "string");
    for (const { read } of Object.values(protocol.labels)) assert.equal(typeof read(roundTrip), "string");
  }

  send(direction: Direction, bytes: Uint8Array): this {
    if (this.over) return this;
    const carried = this.#carry[direction];
    this.#at.carried = carried.length;
    this.#at.nsec++;
    const whole = concat(new Uint8Array(3), carried, bytes);
    const consumed = this.#conversation.feed(direction, whole, 3, whole.length, this.#at);
    if (consumed < 0) this.over = true;
    else {
      assert.ok(consumed <= whole.length - 3);
      this.#carry[direction] = whole.slice(3 + consumed);
      assert.ok(this.#carry[direction].length < 256 * 1024, "more is waited for than is ever kept");
    }
    whole.fill(0xee);
    return this;
  }

  gap(direction: Direction, lost: number): this {
    this.#carry[direction] = new Uint8Array(0);
    if (!this.over) this.#conversation.gap(direction, lost);
    return this;
  }

  close(): void {
    this.#conversation.end(FROM_SERVER, this.#at);
    this.#conversation.close();
    for (const ledger of this.ledgers) {
      assert.ok(ledger.balanced());
      assert.equal(ledger.pending, 0);
    }
  }
}

/** What both sides send: of each case its TCP payloads in their order. */
async function seeds(): Promise<[Direction, Uint8Array][][]> {
  const all: [Direction, Uint8Array][][] = [];
  for (const protocol of ["http2", "grpc"]) {
    for (const claim of claimsOf(protocol)) {
      const { packets } = await loadCase(protocol, claim);
      all.push(
        packets.slice(0, 60).flatMap((packet): [Direction, Uint8Array][] => {
          const place = tcpPlace(packet);
          if (place === undefined || place.end === place.payload) return [];
          const port = packet.bytes[place.header] << 8 | packet.bytes[place.header + 1];
          return [[
            port > 30000 ? FROM_CLIENT : FROM_SERVER,
            packet.bytes.slice(place.payload, Math.min(place.end, place.payload + 3000)),
          ]];
        }),
      );
    }
  }
  return all;
}

function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const below = (n: number) => Math.floor(random() * n);
  const at = below(bytes.length), length = below(20);
  switch (below(6)) {
    case 0:
      bytes = bytes.slice();
      bytes[at] = below(256);
      return bytes;
    case 1:
      bytes = bytes.slice();
      bytes[at] ^= 1 << below(8);
      return bytes;
    case 2:
      return concat(bytes.subarray(0, at), bytes.subarray(at + length));
    case 3:
      return concat(bytes.subarray(0, at + length), bytes.subarray(at));
    case 4:
      return concat(bytes.subarray(0, at), Uint8Array.from({ length }, () => below(256)), bytes.subarray(at));
    default:
      return bytes;
  }
}

Deno.test("mutated connections, in pieces, with gaps; then a good exchange", async () => {
  const random = seeded(9113);
  const connections = await seeds();
  for (let round = 0; round < 1500; round++) {
    const drive = new Drive(random() < 0.6);
    for (const [direction, payload] of connections[round % connections.length]) {
      const bytes = random() < 0.15 ? mutate(payload, random) : payload;
      const cut = Math.floor(random() * bytes.length);
      drive.send(direction, bytes.subarray(0, cut)).send(direction, bytes.subarray(cut));
      if (random() < 0.03) drive.gap(direction, 1 + Math.floor(random() * 3000));
    }
    if (drive.over) {
      drive.close();
      continue;
    }
    // A gap beyond all frames: what follows must be found again.
    drive.gap(FROM_CLIENT, 2 ** 25).gap(FROM_SERVER, 2 ** 25);
    const id = 0x7ffffff1;
    drive.send(FROM_CLIENT, request(id, "/after")).send(FROM_SERVER, concat(response(id), data(id, "good")));
    const last = drive.roundTrips.at(-1)!;
    assert.deepEqual([last.matchKey, last.answered, last.responseBytes], [id, true, 4]);
    drive.close();
  }
});

Deno.test("noise, of all kinds of bytes", () => {
  const random = seeded(7541);
  const start = concat(bytesOf(PREFACE), settings());
  for (let round = 0; round < 400; round++) {
    const drive = new Drive(round % 2 === 0).send(FROM_CLIENT, start).send(FROM_SERVER, settings());
    const small = random() < 0.5; // lengths that fit, types that exist
    for (let i = 0; i < 20; i++) {
      const noise = Uint8Array.from({ length: 1 + Math.floor(random() * 400) }, (_, i) => {
        const byte = Math.floor(random() * 256);
        return small && (i % 40 < 6) ? [0, 0, 31, byte % 11, byte & 0x2d, 0][i % 40] : byte;
      });
      drive.send(random() < 0.5 ? FROM_CLIENT : FROM_SERVER, noise);
      for (const direction of [FROM_CLIENT, FROM_SERVER] as const) {
        assert.ok([NO, UNSURE, CERTAIN].includes(http2.probe(direction, noise, 0, noise.length)));
      }
    }
    drive.close();
  }
});
