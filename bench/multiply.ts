/** Recorded connections many times over, between other addresses each time; always the same. */
import { LINK, type PacketSink } from "../src/core/packet.ts";
import { seeded } from "../tests/tools/random.ts";
import type { RecordedPacket, Recording } from "./recording.ts";

export interface Plan {
  /** Connections that are open at once. */
  readonly open: number;
  /** How often the part of a connection that can be repeated is played. */
  readonly loops: number;
  /** No connection is begun after so many packets, or copies. */
  readonly packets?: number;
  readonly copies?: number;
}

/** One copy of a recording on its way through its packets. */
class Copy {
  #at = 0;
  #loopsLeft: number;
  #clientBytes = 0;
  #serverBytes = 0;
  #streams = 0;

  constructor(readonly recording: Recording, readonly number: number, loops: number) {
    this.#loopsLeft = loops - 1;
  }

  get isOver(): boolean {
    return this.#at === this.recording.packets.length;
  }

  /** The next packet, its bytes changed in place: valid until any copy of the recording gives its next. */
  next(): RecordedPacket {
    const { packets, loop } = this.recording;
    if (loop !== undefined && this.#at === loop.to && this.#loopsLeft > 0) {
      this.#loopsLeft--;
      this.#at = loop.from;
      this.#clientBytes += loop.clientBytes;
      this.#serverBytes += loop.serverBytes;
      this.#streams += loop.streams;
    }
    const packet = packets[this.#at++];
    const { bytes, source, destination, tcp } = packet;
    this.#address(bytes, source);
    this.#address(bytes, destination);
    if (tcp > 0) {
      const [sent, received] = packet.fromClient
        ? [this.#clientBytes, this.#serverBytes]
        : [this.#serverBytes, this.#clientBytes];
      write32(bytes, tcp + 4, packet.sequence + sent);
      write32(bytes, tcp + 8, packet.acknowledged + received);
    }
    for (const { at, id } of packet.streams) write32(bytes, at, id + this.#streams);
    return packet;
  }

  /** The middle of an address says which copy this is; its ends stay, so that who is who stays too. */
  #address(bytes: Uint8Array, at: number): void {
    bytes[at] = 10 + (this.number >> 16);
    bytes[at + 1] = this.number >> 8;
    bytes[at + 2] = this.number;
  }
}

function write32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/**
 * Plays copies of the recordings in turn; some are open at once, and which of these has its turn is left to chance, the
 * same every time. Packets follow one another in microseconds.
 *
 * @returns how many packets were played
 */
export function multiply(
  recordings: readonly Recording[],
  { open: openAtOnce, loops, packets: wantedPackets = Infinity, copies: wantedCopies = Infinity }: Plan,
  sink: PacketSink,
): number {
  const random = seeded(42);
  let copies = 0, packets = 0, sec = 1_700_000_000, nsec = 0;
  const begin = () => new Copy(recordings[copies % recordings.length], copies++, loops);
  const open = Array.from({ length: openAtOnce }, begin);
  while (open.length > 0) {
    const slot = Math.trunc(random() * open.length);
    const copy = open[slot];
    const { bytes, wireLength } = copy.next();
    nsec += 1000 + Math.trunc(random() * 4000);
    if (nsec >= 1e9) {
      nsec -= 1e9;
      sec++;
    }
    packets++;
    sink.packet(bytes, 0, bytes.length, wireLength, sec, nsec, LINK.ETHERNET);
    if (!copy.isOver) continue;
    if (packets < wantedPackets && copies < wantedCopies) open[slot] = begin();
    else {
      open[slot] = open[open.length - 1];
      open.pop();
    }
  }
  return packets;
}
