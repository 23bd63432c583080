/** Damage to a recorded capture, seeded; and whether the ledger explains the whole of it. */
import { u16be } from "../../../src/bytes/read.ts";
import { rulesFrom } from "../../../src/cli/rules.ts";
import { seeded } from "../../tools/random.ts";
import { type Packet, replay } from "../../tools/replay.ts";
import { tcpPlace } from "../../tools/segments.ts";
import { type Line, readLines } from "../lines.ts";
import { type Load, loads } from "./loads.ts";

/** Whose packets are missing in a damaged recording; or whatever a kernel dropped, ends of connections among it. */
export type Losers = "clients" | "servers" | "all" | "kernel";

const isServer = (port: number) => loads.some((load) => load.port === port);

/** What a lane makes of packets. */
export function read(packets: readonly Packet[], rules: readonly string[]) {
  const { lines, ledger } = replay(packets, rulesFrom(rules));
  return { lines: readLines(lines.join("\n")), ledger };
}

/**
 * Loses a share of the segments that carry data, the first of each sender spared: who does not hear the beginning of a
 * connection does not know what it missed.
 */
export function damaged(
  packets: readonly Packet[],
  losers: Exclude<Losers, "kernel">,
  share: number,
  seed: number,
): Packet[] {
  const random = seeded(seed);
  const begun = new Set<string>();
  return packets.filter((packet) => {
    const place = tcpPlace(packet);
    if (place === undefined || place.payload === place.end) return true;
    const from = u16be(packet.bytes, place.header), to = u16be(packet.bytes, place.header + 2);
    if (losers !== "all" && (losers === "servers") !== isServer(from)) return true;
    const sender = `${from} ${to}`;
    if (!begun.has(sender)) return begun.add(sender);
    return random() >= share;
  });
}

/**
 * What is wrong with the pairs that are left: each must be its own, and among those of the whole capture.
 *
 * @param lines of one load
 */
export function wrongPairs(load: Load, lines: readonly Line[], whole: readonly Line[]): string[] {
  const left = new Map<string, number>();
  for (const line of whole) left.set(load.identity(line), (left.get(load.identity(line)) ?? 0) + 1);
  return lines.filter((line) => {
    const identity = load.identity(line), count = left.get(identity) ?? 0;
    left.set(identity, count - 1);
    return count <= 0 || !load.isOwn(line);
  }).map((line) => `a wrong pair: ${JSON.stringify(line)}`);
}

/** The numbers of a protocol that explain what is missing, as a ledger and the agent's status have them. */
export interface Losses {
  readonly requests: number;
  readonly paired: number;
  readonly unanswered: number;
  readonly oneWay: number;
  readonly evicted: number;
  readonly lost: number;
  readonly pending: number;
  readonly responsesAlone: number;
  readonly gaps: number;
}

/**
 * What stays unexplained of the difference between the requests that a client counted and those that are paired. A request
 * that was seen became something. One that was not seen lies in a gap; when only clients' packets are missing, its answer
 * stands alone.
 */
export function unexplained(counted: number, losses: Losses, losers: Losers): string[] {
  const { requests, paired, unanswered, oneWay, evicted, lost, pending, responsesAlone, gaps } = losses;
  const found: string[] = [];
  const check = (what: string, isRight: boolean) => {
    if (!isRight) found.push(`${what}: the client counted ${counted}, the ledger ${JSON.stringify(losses)}`);
  };
  check("seen requests became something", requests === paired + unanswered + oneWay + evicted + lost + pending);
  check("no more requests than there were", requests <= counted);
  check("no more answers than there were", paired + responsesAlone <= counted);
  if (losers !== "kernel") check("nothing is missing without a gap", paired === counted || gaps > 0);
  if (losers === "clients") check("every answer is paired or alone", paired + responsesAlone === counted);
  if (losers === "servers") check("every request was seen", requests === counted);
  return found;
}
