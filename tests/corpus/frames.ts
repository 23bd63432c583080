/** The packets of a capture as far as times are compared: when each was captured, from where to where, with how much. */
import { u16be } from "../../src/bytes/read.ts";
import { parseNetwork, TCP, UDP } from "../../src/net/ip.ts";
import { Layers } from "../../src/net/layers.ts";
import { parseLink } from "../../src/net/link.ts";
import { tcpHeaderLength } from "../../src/net/tcp.ts";
import type { Packet } from "../tools/replay.ts";

export interface Frame {
  /** Nanoseconds of the epoch. */
  readonly timeNs: bigint;
  /** Ports; 0 where there are none, or they are not known. */
  readonly source: number;
  readonly destination: number;
  /** Bytes that it carries for an application; of datagrams only whether there are any. */
  readonly bytes: number;
}

/** The frames as packetd's own parsers see them. */
export function framesOf(packets: readonly Packet[]): Frame[] {
  const layers = new Layers();
  return packets.map(({ bytes, wireLength, sec, nsec, linkType }) => {
    const timeNs = BigInt(sec) * 1_000_000_000n + BigInt(nsec);
    const nothing = { timeNs, source: 0, destination: 0, bytes: 0 };
    if (parseLink(bytes, 0, bytes.length, wireLength, linkType, layers) !== "") return nothing;
    if (parseNetwork(bytes, layers) !== "" || layers.isFragment || layers.end < layers.transport + 8) return nothing;
    const { protocol, transport } = layers;
    if (protocol !== TCP && protocol !== UDP) return nothing;
    const header = protocol === UDP ? 8 : tcpHeaderLength(bytes, transport, layers.end);
    if (header === 0) return nothing;
    return {
      timeNs,
      source: u16be(bytes, transport),
      destination: u16be(bytes, transport + 2),
      bytes: layers.wireEnd - transport - header,
    };
  });
}

/** Reads `truth/CAPTURE.frames.tsv`: tshark's view, of the innermost layers where there are several. */
export function readFrames(text: string): Frame[] {
  const [head, ...lines] = text.split("\n").filter((line) => line !== "");
  const names = head.split("\t");
  const column = (name: string) => names.indexOf(name);
  const [time, tcpSource, tcpDestination] = ["frame.time_epoch", "tcp.srcport", "tcp.dstport"].map(column);
  const [udpSource, udpDestination, length] = ["udp.srcport", "udp.dstport", "tcp.len"].map(column);
  return lines.map((line) => {
    const cells = line.split("\t");
    const number = (at: number) => Number(cells[at]?.split("|").at(-1) ?? 0);
    const isTcp = number(tcpSource) > 0;
    const [seconds, fraction = ""] = cells[time].split(".");
    return {
      timeNs: BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9)),
      source: number(isTcp ? tcpSource : udpSource),
      destination: number(isTcp ? tcpDestination : udpDestination),
      bytes: isTcp ? number(length) : number(udpSource) > 0 ? 1 : 0,
    };
  });
}
