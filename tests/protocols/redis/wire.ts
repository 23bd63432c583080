/** Redis messages by hand (https://redis.io/docs/latest/develop/reference/protocol-spec/), and what is made of them. */
import assert from "node:assert/strict";
import type { ProtocolLedger } from "../../../src/core/ledger.ts";
import { Talk } from "../../tools/build.ts";
import { type Packet, replay } from "../../tools/replay.ts";
import { byteByByte } from "../../tools/segments.ts";

export const PORT = 6379;
export const rules = [{ protocol: "redis", ports: [PORT], host: "" }];

/** `command("GET", "k")` is `*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`. */
export function command(...words: string[]): string {
  return `*${words.length}\r\n` + words.map(bulk).join("");
}

export function bulk(text: string): string {
  return `$${new TextEncoder().encode(text).length}\r\n${text}\r\n`;
}

/** Several commands of one word each. */
export function commands(...names: string[]): string {
  return names.map((name) => command(...name.split(" "))).join("");
}

export interface Seen {
  /** `GET 4 BulkStrings 5`: command, its size, type and size of the response. */
  readonly trips: string[];
  readonly lines: string[];
  readonly ledger: ProtocolLedger;
  readonly flowReasons: string[];
  readonly unanswered: string[];
}

export function seenIn(packets: Iterable<Packet>): Seen {
  const { lines, ledger, unanswered } = replay(packets, rules);
  const account = ledger.of("redis");
  assert.ok(account.balanced(), `the account does not add up: ${JSON.stringify(account)}`);
  assert.equal(account.pending, 0);
  const trips = lines.map((line) => {
    const { Request, Response } = JSON.parse(line);
    return `${Request.Command} ${Request.Size} ${Response.DataType} ${Response.Size}`;
  });
  return {
    trips,
    lines,
    ledger: account,
    flowReasons: [...ledger.flowReasons.counts.keys()],
    unanswered: unanswered.map((roundTrip) => roundTrip.protocol.asked(roundTrip, { showSecrets: true })),
  };
}

/** What is made of a connection from its start; the same whole and byte by byte. */
export function seen(build: (talk: Talk) => Talk): Seen {
  const { packets } = build(new Talk(PORT).handshake());
  const whole = seenIn(packets);
  const pieces = seenIn(byteByByte(packets));
  assert.deepEqual(pieces.lines, whole.lines, "byte by byte");
  assert.deepEqual(fates(pieces.ledger), fates(whole.ledger), "byte by byte");
  return whole;
}

/** What became of each request, and what answered none. */
function fates({ requests, paired, unanswered, oneWay, evicted, lost, pushed }: ProtocolLedger): number[] {
  return [requests, paired, unanswered, oneWay, evicted, lost, pushed];
}

/** Sends a long text of the server in segments. */
export function answerLong(talk: Talk, text: string): Talk {
  for (let at = 0; at < text.length; at += 50_000) talk.server(text.slice(at, at + 50_000));
  return talk;
}

/** The round trips of a connection of which only its data was captured, from the middle on. */
export function joined(build: (talk: Talk) => Talk): Seen {
  return seenIn(build(new Talk(PORT)).packets);
}
