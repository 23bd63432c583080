/** Runs recorded packets through a lane in memory. */
import { openFile } from "../../src/capture/file.ts";
import { JsonWriter } from "../../src/core/json.ts";
import type { Ledger } from "../../src/core/ledger.ts";
import type { PacketSink } from "../../src/core/packet.ts";
import type { RoundTrip } from "../../src/core/roundtrip.ts";
import type { Rule } from "../../src/core/rule.ts";
import { JsonLines } from "../../src/export/json_lines.ts";
import { Lane, type LaneOptions } from "../../src/lane/lane.ts";

/** A packet with its own bytes. */
export interface Packet {
  readonly bytes: Uint8Array;
  readonly wireLength: number;
  readonly sec: number;
  readonly nsec: number;
  readonly linkType: number;
}

/** All packets of a capture file. */
export async function packetsOf(path: string): Promise<Packet[]> {
  const packets: Packet[] = [];
  const sink: PacketSink = {
    packet(bytes, start, end, wireLength, sec, nsec, linkType) {
      packets.push({ bytes: bytes.slice(start, end), wireLength, sec, nsec, linkType });
    },
  };
  const source = await openFile(path);
  while (!source.ended) if (source.drain(sink, 10_000) === 0 && !source.ended) await source.wait(100);
  source.close();
  return packets;
}

export interface Replayed {
  /** JSON lines of the round trips, in the order in which they were completed. */
  readonly lines: string[];
  readonly ledger: Ledger;
  /** Round trips that were never answered. */
  readonly unanswered: RoundTrip[];
}

/** What a lane makes of packets. */
export function replay(
  packets: Iterable<Packet>,
  rules: readonly Rule[],
  showSecrets = false,
  options: LaneOptions = {},
): Replayed {
  const json = new JsonWriter();
  const format = new JsonLines({ showSecrets });
  const unanswered: RoundTrip[] = [];
  const lane = new Lane(rules, {
    roundTrip: (roundTrip) => format.write(roundTrip, json),
    unanswered: (roundTrip) => unanswered.push(roundTrip),
  }, options);
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  lane.close();
  const text = new TextDecoder().decode(json.view());
  return { lines: text.split("\n").slice(0, -1), ledger: lane.ledger, unanswered };
}

/** The account of a lane whose round trips nobody looks at, so that it keeps no text of them. */
export function countedAlone(packets: Iterable<Packet>, rules: readonly Rule[]): Ledger {
  const lane = new Lane(rules, { rendersText: false, roundTrip: () => {}, unanswered: () => {} });
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  lane.close();
  return lane.ledger;
}
