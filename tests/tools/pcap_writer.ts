/**
 * Writes a classic capture file with nanoseconds (draft-ietf-opsawg-pcap,
 * https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/), for tests and benches.
 */

/** The file header: little-endian, version 2.4. */
export function pcapHeader(linkType: number, snapLength = 262144): Uint8Array {
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0xa1b23c4d, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, linkType, true);
  return header;
}

/** One packet with its record header. */
export function pcapRecord(bytes: Uint8Array, sec: number, nsec: number, wireLength = bytes.length): Uint8Array {
  const record = new Uint8Array(16 + bytes.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, sec, true);
  view.setUint32(4, nsec, true);
  view.setUint32(8, bytes.length, true);
  view.setUint32(12, wireLength, true);
  record.set(bytes, 16);
  return record;
}

/** Collects packets and writes them out in large pieces. */
export class PcapWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #buffer = new Uint8Array(1024 * 1024);
  #length = 0;

  /** @param write takes the file piece by piece, each valid until it returns */
  constructor(write: (bytes: Uint8Array) => void, linkType: number) {
    this.#write = write;
    this.#add(pcapHeader(linkType));
  }

  packet(bytes: Uint8Array, sec: number, nsec: number, wireLength = bytes.length): void {
    this.#add(pcapRecord(bytes, sec, nsec, wireLength));
  }

  /** Writes out what is left. */
  end(): void {
    if (this.#length > 0) this.#write(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }

  #add(bytes: Uint8Array): void {
    if (bytes.length > this.#buffer.length - this.#length) this.end();
    if (bytes.length > this.#buffer.length) return this.#write(bytes);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}
