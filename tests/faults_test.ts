/**
 * Bad weather made from the recorded cases, seeded: lost packets, late starts, disorder. Whatever happens, the account
 * adds up and no pair is wrong: each that is printed exists in the undamaged output, times aside, field by field equal
 * or said to be unknown.
 */
import assert from "node:assert/strict";
import { u16be } from "../src/bytes/read.ts";
import { claimsOf, loadCase, recordedProtocols } from "./tools/cases.ts";
import { seeded } from "./tools/random.ts";
import { type Packet, replay } from "./tools/replay.ts";
import { tcpPlace } from "./tools/segments.ts";

/** More seeds for a long night: `PACKETD_FAULT_SEEDS=200 deno task test`. */
const SEEDS = Number(Deno.env.get("PACKETD_FAULT_SEEDS") ?? 4);

type Fault = (packets: readonly Packet[], random: () => number, ports: readonly number[]) => Packet[];

/**
 * Where a server has just spoken. A capture that begins inside a pipeline, with its last request and nothing before
 * it, cannot be told from one that begins at a turn; all other beginnings can.
 */
function afterAnswer(packets: readonly Packet[], random: () => number, ports: readonly number[]): number {
  const answers = packets.flatMap((packet, i) => {
    const place = tcpPlace(packet);
    if (place === undefined) return [i];
    const isAnswer = place.end > place.payload && ports.includes(u16be(packet.bytes, place.header));
    return isAnswer ? [i] : [];
  });
  return answers[Math.trunc(random() * answers.length)] ?? 0;
}

const faults: Record<string, Fault> = {
  "one packet lost": (packets, random) => {
    const lost = Math.trunc(random() * packets.length);
    return packets.filter((_, i) => i !== lost);
  },
  "one in twenty lost": (packets, random) => packets.filter(() => random() >= 0.05),
  "a late start": (packets, random, ports) => packets.slice(afterAnswer(packets, random, ports)),
  "an early end": (packets, random) => packets.slice(0, Math.trunc(random() * packets.length)),
  "some lost, some twice": (packets, random) =>
    packets.flatMap((packet) => random() < 0.9 ? [packet] : random() < 0.5 ? [] : [packet, packet]),
  "packets twice": (packets, random) => packets.flatMap((packet) => random() < 0.2 ? [packet, packet] : [packet]),
  "neighbours swapped": (packets, random) => {
    const swapped = [...packets];
    for (let i = 0; i + 1 < swapped.length; i++) {
      if (random() >= 0.1) continue;
      [swapped[i], swapped[i + 1]] = [swapped[i + 1], swapped[i]];
      i++;
    }
    return swapped;
  },
  "one direction only": (packets, random, ports) => {
    const fromServer = random() < 0.5;
    return packets.filter((packet) => {
      const place = tcpPlace(packet);
      return place === undefined || ports.includes(u16be(packet.bytes, place.header)) === fromServer;
    });
  },
};

/** A line with what a damaged capture may not know taken out. */
function comparable(line: string): Record<string, unknown> {
  const { Request, Response } = JSON.parse(line);
  // MongoDB's numbers have no way to say that they are unknown; the message beside them says it.
  if (Response.Message === "<unknown>") delete Response.Ok, delete Response.Code;
  return { Request: { ...Request, Time: 0, Size: 0 }, Response: { ...Response, Time: 0, Size: 0 } };
}

const isUnknown = (value: unknown) => typeof value === "string" && value.includes("<unknown>");

/** Whether two values are equal wherever they are known: who missed the CLOSE of a statement still knows its text. */
function agrees(found: unknown, truth: unknown): boolean {
  if (isUnknown(found) || isUnknown(truth)) return true;
  if (typeof found !== "object" || found === null || typeof truth !== "object" || truth === null) {
    return found === truth;
  }
  const known = truth as Record<string, unknown>;
  return Object.entries(found).every(([key, value]) => key.includes("<unknown>") || agrees(value, known[key]));
}

for (const protocol of recordedProtocols()) {
  Deno.test(`${protocol} under faults makes no wrong pair, and the account adds up`, async () => {
    for (const claim of claimsOf(protocol)) {
      const { packets, rules } = await loadCase(protocol, claim);
      const truth = replay(packets, rules).lines.map(comparable);
      for (const [name, fault] of Object.entries(faults)) {
        for (let seed = 1; seed <= SEEDS; seed++) {
          const { lines, ledger } = replay(fault(packets, seeded(seed), rules[0].ports), rules);
          const where = `${claim}: ${name}, seed ${seed}`;
          for (const line of lines) {
            const found = comparable(line);
            assert.ok(truth.some((pair) => agrees(found, pair)), `${where}: ${line}`);
          }
          for (const account of ledger.protocols.values()) assert.ok(account.balanced(), where);
        }
      }
    }
  });
}
