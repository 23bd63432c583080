/**
 * The block-structured capture file format (draft-ietf-opsawg-pcapng,
 * https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/): sections, each in its own byte order, with interfaces,
 * each with its own link type and clock.
 */
import type { PacketSink } from "../core/packet.ts";
import { bytesText, type CaptureFormat, LONGEST_RECORD } from "./file_format.ts";
import type { ByteWindow } from "./file_window.ts";
import { CaptureInterface, readInterface } from "./pcapng_interface.ts";

/*
 * Every block                      Enhanced packet, 6         Packet (obsolete), 2      Simple packet, 3
 *    0  type          u32             8  interface     u32       8  interface  u16         8  original length  u32
 *    4  total length  u32            12  time, high    u32      10  drops      u16        12  packet, padded
 *    8  body, padded to 4            16  time, low     u32      12  time, high u32
 *       total length  u32            20  captured      u32      16  time, low  u32      Section header, 0x0a0d0d0a
 *                                    24  original      u32      20  captured   u32         8  byte-order magic u32
 *                                    28  packet, padded         24  original   u32        12  major, minor     u16, u16
 *                                        options                28  packet, options       16  section length   u64
 */
const SECTION = 0x0a0d0d0a; // the same in either byte order
const INTERFACE = 1;
const PACKET = 2;
const SIMPLE = 3;
const ENHANCED = 6;

const BLOCK_OVERHEAD = 12;
const PACKET_HEAD = 28;
const SIMPLE_HEAD = 12;
const SECTION_LEAST = 28;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const TRAILER = 4;

/** Interfaces of one section that are remembered. */
const MOST_INTERFACES = 65536;

/** The reader for a file that begins with a section header as the window does, or null. */
export function pcapngFormat(window: ByteWindow): CaptureFormat | null {
  const { view, start, held } = window;
  if (held < 4 || view.getUint32(start) !== SECTION) return null;
  if (held >= BLOCK_OVERHEAD && byteOrder(view, start) === null) return null;
  return new PcapngFormat();
}

/** Whether the section whose header begins at `at` is little-endian; null when its magic is neither. */
function byteOrder(view: DataView, at: number): boolean | null {
  if (view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC) return true;
  if (view.getUint32(at + 8, false) === BYTE_ORDER_MAGIC) return false;
  return null;
}

class PcapngFormat implements CaptureFormat {
  broken: string | null = null;
  #little = true;
  #interfaces: CaptureInterface[] = [];
  /** Time of the last packet that had one: simple packets have none of their own. */
  #sec = 0;
  #nsec = 0;

  walk(window: ByteWindow, sink: PacketSink, max: number): number {
    const { bytes, view, end } = window;
    let at = window.start;
    let packets = 0;
    while (packets < max && end - at >= BLOCK_OVERHEAD) {
      const type = view.getUint32(at, this.#little);
      if (type === SECTION && !this.#turn(view, at)) break;
      const little = this.#little;
      const length = view.getUint32(at + 4, little);
      if (length < BLOCK_OVERHEAD || length > LONGEST_RECORD || (length & 3) !== 0) {
        this.broken = `a block of ${length} bytes`;
        break;
      }
      if (length > end - at) break;
      if (view.getUint32(at + length - TRAILER, little) !== length) {
        this.broken = `a block that begins with another length (${length}) than it ends with`;
        break;
      }
      if (type === ENHANCED || type === PACKET) {
        if (length < PACKET_HEAD + TRAILER) {
          this.broken = `a packet block of only ${length} bytes`;
          break;
        }
        const number = type === ENHANCED ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little);
        const captured = view.getUint32(at + 20, little);
        if (number >= this.#interfaces.length || captured > length - PACKET_HEAD - TRAILER) {
          this.broken = number >= this.#interfaces.length
            ? `a packet of interface ${number}, which the section does not describe`
            : `a packet of ${captured} bytes in a block of ${length}`;
          break;
        }
        const from = this.#interfaces[number];
        from.setTime(view.getUint32(at + 12, little), view.getUint32(at + 16, little));
        this.#sec = from.sec;
        this.#nsec = from.nsec;
        const original = view.getUint32(at + 24, little);
        const start = at + PACKET_HEAD;
        const wireLength = original > captured ? original : captured;
        sink.packet(bytes, start, start + captured, wireLength, from.sec, from.nsec, from.linkType);
        packets++;
      } else if (type === SIMPLE) {
        if (!this.#simple(window, at, length, sink)) break;
        packets++;
      } else if (type === INTERFACE) {
        if (!this.#describe(view, at, length)) break;
      }
      at += length;
    }
    window.start = at;
    return packets;
  }

  cut(window: ByteWindow, packet: number): string {
    const { view, start, held } = window;
    if (held < BLOCK_OVERHEAD) return `in the head of a block: at least ${bytesText(BLOCK_OVERHEAD - held)} missing`;
    const type = view.getUint32(start, this.#little);
    const what = type === ENHANCED || type === PACKET || type === SIMPLE
      ? `packet ${packet}`
      : type === SECTION
      ? "a section header"
      : `a block of type ${type}`;
    return `in the middle of ${what}: ${bytesText(view.getUint32(start + 4, this.#little) - held)} missing`;
  }

  /** Turns to the section that begins at `at`: its byte order holds from here on, its interfaces are yet to come. */
  #turn(view: DataView, at: number): boolean {
    const little = byteOrder(view, at);
    if (little === null) {
      this.broken = "a section header without byte-order magic";
      return false;
    }
    const length = view.getUint32(at + 4, little);
    if (length < SECTION_LEAST) {
      this.broken = `a section header of only ${length} bytes`;
      return false;
    }
    this.#little = little;
    this.#interfaces = [];
    return true;
  }

  #describe(view: DataView, at: number, length: number): boolean {
    if (this.#interfaces.length >= MOST_INTERFACES) {
      this.broken = `a section of more than ${MOST_INTERFACES} interfaces`;
      return false;
    }
    const described = readInterface(view, at + 8, at + length - TRAILER, this.#little);
    if (described === null) {
      this.broken = "an interface description whose options do not fit it";
      return false;
    }
    this.#interfaces.push(described);
    return true;
  }

  /** A simple packet belongs to the first interface and is cut at that interface's snap length (4.4). */
  #simple(window: ByteWindow, at: number, length: number, sink: PacketSink): boolean {
    if (this.#interfaces.length === 0) {
      this.broken = "a packet of interface 0, which the section does not describe";
      return false;
    }
    const { linkType, snapLength } = this.#interfaces[0];
    const room = length - SIMPLE_HEAD - TRAILER;
    if (room < 0) {
      this.broken = `a packet block of only ${length} bytes`;
      return false;
    }
    const original = window.view.getUint32(at + 8, this.#little);
    const captured = snapLength === 0 ? original : Math.min(original, snapLength);
    if (captured > room) {
      this.broken = `a packet of ${captured} bytes in a block of ${length}`;
      return false;
    }
    const start = at + SIMPLE_HEAD;
    sink.packet(window.bytes, start, start + captured, original, this.#sec, this.#nsec, linkType);
    return true;
  }
}
