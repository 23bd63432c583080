/**
 * The classic capture file format (draft-ietf-opsawg-pcap, https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/)
 * with its variants: either byte order, microseconds or nanoseconds, Kuznetsov's longer record header, and IXIA's lcap.
 */
import type { PacketSink } from "../core/packet.ts";
import { bytesText, type CaptureFormat, LONGEST_RECORD } from "./file_format.ts";
import type { ByteWindow } from "./file_window.ts";

/*
 * File header                              Record header
 *    0  magic          u32                    0  seconds            u32
 *    4  major, minor   u16, u16               4  micro- or nanosec. u32
 *    8  reserved       u32, u32               8  captured length    u32
 *   16  snap length    u32                   12  original length    u32
 *   20  FCS bits, link type (low 16)         16  modified only: interface u32, protocol u16, type u8, padding u8
 *   24  lcap only: size of all records u32
 */
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const SNAP_LENGTH = 16;
const LINK_TYPE = 20;

/** Packets up to this long are believed whatever the file says of its snap length, as in libpcap. */
const USUAL_LONGEST_PACKET = 262144;

interface Variant {
  readonly fileHeader: number;
  readonly recordHeader: number;
  /** Nanoseconds in one unit of the time's fraction. */
  readonly nsPerUnit: number;
}

const VARIANTS = new Map<number, Variant>([
  [0xa1b2c3d4, { fileHeader: FILE_HEADER, recordHeader: RECORD_HEADER, nsPerUnit: 1000 }],
  [0xa1b23c4d, { fileHeader: FILE_HEADER, recordHeader: RECORD_HEADER, nsPerUnit: 1 }],
  [0xa1b2cd34, { fileHeader: FILE_HEADER, recordHeader: RECORD_HEADER + 8, nsPerUnit: 1000 }],
  [0x1c0001ac, { fileHeader: FILE_HEADER + 4, recordHeader: RECORD_HEADER, nsPerUnit: 1000 }],
  [0x1c0001ab, { fileHeader: FILE_HEADER + 4, recordHeader: RECORD_HEADER, nsPerUnit: 1000 }],
]);

/** The reader for a file whose first four bytes are those in the window, or null when they are not pcap's. */
export function pcapFormat(window: ByteWindow): CaptureFormat | null {
  if (window.held < 4) return null;
  for (const little of [true, false]) {
    const variant = VARIANTS.get(window.view.getUint32(window.start, little));
    if (variant !== undefined) return new PcapFormat(variant, little);
  }
  return null;
}

class PcapFormat implements CaptureFormat {
  broken: string | null = null;
  /** Below zero until the file header has been read. */
  #linkType = -1;
  #longest = USUAL_LONGEST_PACKET;
  readonly #variant: Variant;
  readonly #little: boolean;

  constructor(variant: Variant, little: boolean) {
    this.#variant = variant;
    this.#little = little;
  }

  walk(window: ByteWindow, sink: PacketSink, max: number): number {
    if (this.#linkType < 0 && !this.#readFileHeader(window)) return 0;
    const { bytes, view, end } = window;
    const little = this.#little, linkType = this.#linkType, longest = this.#longest;
    const { recordHeader, nsPerUnit } = this.#variant;
    let at = window.start;
    let packets = 0;
    while (packets < max && end - at >= recordHeader) {
      const captured = view.getUint32(at + 8, little);
      if (captured > longest) {
        this.broken = `a packet of ${captured} bytes`;
        break;
      }
      const start = at + recordHeader;
      const next = start + captured;
      if (next > end) break;
      const original = view.getUint32(at + 12, little);
      let sec = view.getUint32(at, little);
      let nsec = view.getUint32(at + 4, little) * nsPerUnit;
      if (nsec >= 1e9) { // a fraction of more than a second: seen in files made by arithmetic
        sec += Math.floor(nsec / 1e9);
        nsec %= 1e9;
      }
      sink.packet(bytes, start, next, original > captured ? original : captured, sec, nsec, linkType);
      // Set within the loop: V8 gives up its code for the loop each time one ends in lines that it has never seen run.
      window.start = at = next;
      packets++;
    }
    return packets;
  }

  cut(window: ByteWindow, packet: number): string {
    const { recordHeader, fileHeader } = this.#variant;
    const held = window.held;
    if (this.#linkType < 0) return `in its file header: ${bytesText(fileHeader - held)} missing`;
    if (held < recordHeader) {
      return `in the header of packet ${packet}: at least ${bytesText(recordHeader - held)} missing`;
    }
    const captured = window.view.getUint32(window.start + 8, this.#little);
    return `in the middle of packet ${packet}: ${bytesText(recordHeader + captured - held)} missing`;
  }

  #readFileHeader(window: ByteWindow): boolean {
    const { fileHeader } = this.#variant;
    if (window.held < fileHeader) return false;
    const snapLength = window.view.getUint32(window.start + SNAP_LENGTH, this.#little);
    this.#longest = Math.min(Math.max(snapLength, USUAL_LONGEST_PACKET), LONGEST_RECORD);
    this.#linkType = window.view.getUint32(window.start + LINK_TYPE, this.#little) & 0xffff;
    window.start += fileHeader;
    return true;
  }
}
