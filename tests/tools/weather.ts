/**
 * Bad weather, made from good captures and seeded: what networks and captures do to packets. Harmless weather must
 * change nothing but times; losses may cost round trips and must not make wrong ones; damage changes the bytes.
 */
import { i32be, u16be } from "../../src/bytes/read.ts";
import { elapsedNs } from "../../src/core/time.ts";
import { seeded } from "./random.ts";
import type { Packet } from "./replay.ts";
import { addressesOf, cut, flowOf, join, tcpHeaderOf, tcpPlace } from "./segments.ts";

export type Random = () => number;
/** @param ports those of the servers */
export type Weather = (packets: readonly Packet[], random: Random, ports: readonly number[]) => Packet[];

const SYN = 0x02, RST = 0x04;
const pick = (random: Random, count: number) => Math.trunc(random() * count);

/** Packets in another order: the capture gives each the time at which it saw it. */
function retimed(packets: readonly Packet[], order: readonly Packet[]): Packet[] {
  return order.map((packet, i) => ({ ...packet, sec: packets[i].sec, nsec: packets[i].nsec }));
}

/** Whether nobody could tell which of two packets was first: order means something to datagrams and resets. */
function orderMatters(a: Packet, b: Packet): boolean {
  if (flowOf(a) !== flowOf(b)) return false;
  return [a, b].some((packet) => {
    const place = tcpPlace(packet);
    return place === undefined || (packet.bytes[place.header + 13] & (SYN | RST)) !== 0;
  });
}

/** Who comes later than this was not overtaken on the way, nor joined with what came before. */
const TOGETHER_NS = 50e6;

/** Each packet, now and then, is overtaken by up to so many others. */
function overtaken(packets: readonly Packet[], random: Random, share: number, most: number): Packet[] {
  const order = [...packets];
  for (let i = order.length - 2; i >= 0; i--) {
    if (random() >= share) continue;
    const steps = 1 + pick(random, most);
    for (let at = i; at < i + steps && at + 1 < order.length; at++) {
      const first = order[at], second = order[at + 1];
      const apartNs = elapsedNs(first.sec, first.nsec, second.sec, second.nsec);
      if (apartNs > TOGETHER_NS || orderMatters(first, second)) break;
      order[at] = second;
      order[at + 1] = first;
    }
  }
  return retimed(packets, order);
}

function split(packets: readonly Packet[], random: Random): Packet[] {
  return packets.flatMap((packet) => {
    const place = tcpPlace(packet);
    if (place === undefined || place.end - place.payload < 2 || random() < 0.5) return [packet];
    const offsets = Array.from({ length: 1 + pick(random, 3) }, () => 1 + pick(random, place.end - place.payload - 1));
    return cut(packet, place, [...new Set(offsets)].sort((a, b) => a - b));
  });
}

function joined(packets: readonly Packet[], random: Random): Packet[] {
  const made: Packet[] = [];
  for (const packet of packets) {
    const last = made.at(-1);
    const isNear = last !== undefined && elapsedNs(last.sec, last.nsec, packet.sec, packet.nsec) <= TOGETHER_NS;
    const whole = isNear && random() < 0.7 ? join(last, packet) : undefined;
    if (whole === undefined) made.push(packet);
    else made[made.length - 1] = whole;
  }
  return made;
}

function twice(packets: readonly Packet[], random: Random): Packet[] {
  return packets.flatMap((packet) => random() < 0.2 ? [packet, packet] : [packet]);
}

/** Copies of segments that come some packets later. */
function again(packets: readonly Packet[], random: Random): Packet[] {
  const made = [...packets];
  for (let i = packets.length - 1; i >= 0; i--) {
    const place = tcpPlace(packets[i]);
    if (place === undefined || (packets[i].bytes[place.header + 13] & (SYN | RST)) !== 0 || random() >= 0.1) continue;
    const at = Math.min(packets.length, i + 1 + pick(random, 10));
    const { sec, nsec } = made[at - 1];
    made.splice(at, 0, { ...packets[i], sec, nsec });
  }
  return made;
}

/** Every direction's sequence numbers moved, so that they pass 2^32 within its first bytes. */
function acrossZero(packets: readonly Packet[], random: Random): Packet[] {
  const shifts = new Map<string, number>();
  const shiftOf = (from: string, first: number) => {
    if (!shifts.has(from)) shifts.set(from, (-first - pick(random, 300)) | 0);
    return shifts.get(from)!;
  };
  return packets.map((packet) => {
    const place = tcpHeaderOf(packet);
    if (place === undefined) return packet;
    const bytes = packet.bytes.slice();
    const view = new DataView(bytes.buffer);
    const flow = flowOf(packet), side = addressesOf(packet)!.side;
    const sequence = i32be(bytes, place.header + 4), acknowledged = i32be(bytes, place.header + 8);
    view.setInt32(place.header + 4, (sequence + shiftOf(flow + side, sequence)) | 0);
    const hasAck = (bytes[place.header + 13] & 0x10) !== 0;
    if (hasAck) {
      view.setInt32(place.header + 8, (acknowledged + shiftOf(flow + (1 - side), acknowledged)) | 0);
    }
    return { ...packet, bytes };
  });
}

/** Later and later: up to 5 ms more before each packet. */
function delayed(packets: readonly Packet[], random: Random): Packet[] {
  let delayNs = 0;
  return packets.map((packet) => {
    delayNs += pick(random, 5e6);
    const nsec = packet.nsec + delayNs;
    return { ...packet, sec: packet.sec + Math.floor(nsec / 1e9), nsec: nsec % 1e9 };
  });
}

/** Weather that must change nothing but times, unless bytes were missing before: joined segments show fewer turns. */
export const harmless: Readonly<Record<string, Weather>> = {
  "packets twice": twice,
  "copies later": again,
  "neighbours swapped": (packets, random) => overtaken(packets, random, 0.1, 1),
  "packets overtaken": (packets, random) => overtaken(packets, random, 0.1, 8),
  "segments split": split,
  "segments joined": joined,
  "sequence numbers across 2^32": acrossZero,
  "packets delayed": delayed,
  "all of these": (packets, random) =>
    [joined, split, acrossZero, twice, again, delayed].reduce(
      (made, weather) => weather(made, random),
      overtaken(packets, random, 0.05, 2),
    ),
};

/**
 * Where a server has just spoken. A capture that begins inside a pipeline, with its last request and nothing before
 * it, cannot be told from one that begins at a turn; all other beginnings can.
 */
function afterAnswer(packets: readonly Packet[], random: Random, ports: readonly number[]): number {
  const answers = packets.flatMap((packet, i) => {
    const place = tcpPlace(packet);
    if (place === undefined) return [i];
    const isAnswer = place.end > place.payload && ports.includes(u16be(packet.bytes, place.header));
    return isAnswer ? [i] : [];
  });
  return answers[pick(random, answers.length)] ?? 0;
}

const lost = (packets: readonly Packet[], random: Random, share: number) => packets.filter(() => random() >= share);

/** Weather that may cost round trips. */
export const losses: Readonly<Record<string, Weather>> = {
  "one packet lost": (packets, random) => {
    const at = pick(random, packets.length);
    return packets.filter((_, i) => i !== at);
  },
  "several in a row lost": (packets, random) => {
    const at = pick(random, packets.length), count = 2 + pick(random, 12);
    return packets.filter((_, i) => i < at || i >= at + count);
  },
  "one in twenty lost": (packets, random) => lost(packets, random, 0.05),
  "one in three lost": (packets, random) => lost(packets, random, 0.33),
  "a late start": (packets, random, ports) => packets.slice(afterAnswer(packets, random, ports)),
  "an early end": (packets, random) => packets.slice(0, pick(random, packets.length)),
  "some lost, some twice": (packets, random) =>
    packets.flatMap((packet) => random() < 0.9 ? [packet] : random() < 0.5 ? [] : [packet, packet]),
  "no SYNs": (packets) =>
    packets.filter((packet) => {
      const place = tcpPlace(packet);
      return place === undefined || (packet.bytes[place.header + 13] & SYN) === 0;
    }),
  "one direction only": (packets, random, ports) => {
    const fromServer = random() < 0.5;
    return packets.filter((packet) => {
      const place = tcpPlace(packet);
      return place === undefined || ports.includes(u16be(packet.bytes, place.header)) === fromServer;
    });
  },
  "no SYNs, no bare acknowledgements": (packets) =>
    packets.filter((packet) => {
      const place = tcpPlace(packet);
      return place === undefined || place.end > place.payload;
    }),
  "lost and disordered": (packets, random) =>
    [split, joined, again].reduce(
      (made, weather) => weather(made, random),
      overtaken(lost(packets, random, 0.03), random, 0.05, 4),
    ),
};

/** Of these, the weather that gives packets other times. */
export const movesTimes: ReadonlySet<string> = new Set([...Object.keys(harmless), "lost and disordered"]);

/** Weather that changes the bytes: nobody can say then what was meant. */
export const damages: Readonly<Record<string, Weather>> = {
  "bytes flipped": (packets, random) =>
    packets.map((packet) => {
      if (random() >= 0.1) return packet;
      const bytes = packet.bytes.slice();
      for (let i = pick(random, 4); i >= 0; i--) bytes[pick(random, bytes.length)] ^= 1 << pick(random, 8);
      return { ...packet, bytes };
    }),
  "a snap length": (packets, random) => {
    const snapLength = 20 + pick(random, 400);
    return packets.map((packet) => ({ ...packet, bytes: packet.bytes.slice(0, snapLength) }));
  },
  "some packets cut": (packets, random) =>
    packets.map((packet) =>
      random() < 0.1 ? { ...packet, bytes: packet.bytes.slice(0, pick(random, packet.bytes.length)) } : packet
    ),
  "everything at once": (packets, random) =>
    [harmless["all of these"], damages["bytes flipped"], damages["some packets cut"]].reduce(
      (made, weather) => weather(made, random, []),
      lost(packets, random, 0.02),
    ),
};

/**
 * Copies of one capture between other addresses, one a copy, all at once: interleaved at random, each in its order.
 *
 * @param copies at most 65,536
 */
export function crowd(packets: readonly Packet[], copies: number, seed: number): Packet[] {
  const random = seeded(seed);
  const next = new Uint32Array(copies);
  const going = Array.from({ length: copies }, (_, i) => i);
  const made: Packet[] = [];
  while (going.length > 0) {
    const at = pick(random, going.length), copy = going[at];
    const packet = packets[next[copy]++];
    if (next[copy] === packets.length) going.splice(at, 1);
    // One clock for all: the whole crowd within the capture's own time.
    const { sec, nsec } = packets[Math.trunc(made.length / copies)];
    made.push({ ...readdressed(packet, copy), sec, nsec });
  }
  return made;
}

/** Both addresses changed alike, in their second and third byte from the end. */
function readdressed(packet: Packet, copy: number): Packet {
  const place = addressesOf(packet);
  if (place === undefined) return packet;
  const bytes = packet.bytes.slice();
  for (const end of [place.source + place.length, place.destination + place.length]) {
    bytes[end - 3] ^= copy >> 8;
    bytes[end - 2] ^= copy & 255;
  }
  return { ...packet, bytes };
}
