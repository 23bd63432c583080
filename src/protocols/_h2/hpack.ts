/** HPACK (RFC 7541): header blocks to fields. One decoder a direction, since its table lives as long as the connection. */
import { latin1, token } from "../../bytes/text.ts";
import { type HeaderBlock, UNKNOWN } from "./header_block.ts";
import { decodeHuffman } from "./huffman.ts";
import { STATIC_ENTRIES, STATIC_NAMES, STATIC_VALUES } from "./static_table.ts";
import { DynamicTable } from "./table.ts";

/** Strings are decoded here; grown to what the longest one needs, which the ceiling on header blocks bounds. */
let scratch = new Uint8Array(4096);

export class HpackDecoder {
  readonly table: DynamicTable;
  #bytes: Uint8Array = scratch;
  #at = 0;
  #end = 0;
  #broken = false;

  /** @param complete whether the direction is followed from its start */
  constructor(complete: boolean) {
    this.table = new DynamicTable(complete);
  }

  /**
   * Decodes a whole header block into `block`.
   *
   * @returns false when it is broken: what the table holds is then not to be trusted, see {@link DynamicTable.lose}
   */
  decode(bytes: Uint8Array, start: number, end: number, block: HeaderBlock): boolean {
    block.clear();
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#broken = false;
    let first = true;
    while (this.#at < end && !this.#broken) {
      //    1 | index (7+)                    indexed field                    section 6.1
      //    0   1 | name's index (6+)         literal, added to the table      section 6.2.1
      //    0   0   1 | size (5+)             change of the table's size       section 6.3
      //    0   0   0   N | name's index (4+) literal, not added               sections 6.2.2 and 6.2.3
      const byte = bytes[this.#at];
      if (byte >= 0x80) this.#indexed(this.#integer(0x7f), block);
      else if (byte >= 0x40) this.#literal(this.#integer(0x3f), block, true);
      else if (byte >= 0x20) {
        const size = this.#integer(0x1f);
        if (!first) this.#broken = true; // section 4.2: at the beginning of a block
        if (!this.#broken) this.table.resize(size);
        continue;
      } else this.#literal(this.#integer(0x0f), block, false);
      first = false;
    }
    return !this.#broken;
  }

  #indexed(index: number, block: HeaderBlock): void {
    if (index === 0) this.#broken = true;
    else if (index <= STATIC_ENTRIES) block.add(STATIC_NAMES[index], STATIC_VALUES[index]);
    else if (this.#isKnown(index)) {
      block.add(this.table.name(index - STATIC_ENTRIES - 1), this.table.value(index - STATIC_ENTRIES - 1));
    } else block.add(UNKNOWN, UNKNOWN);
  }

  #literal(nameIndex: number, block: HeaderBlock, added: boolean): void {
    let name = UNKNOWN;
    if (nameIndex === 0) name = this.#string();
    else if (nameIndex <= STATIC_ENTRIES) name = STATIC_NAMES[nameIndex];
    else if (this.#isKnown(nameIndex)) name = this.table.name(nameIndex - STATIC_ENTRIES - 1);
    const value = this.#string();
    if (this.#broken) return;
    block.add(name, value);
    if (added) this.table.add(name, value);
  }

  /** Whether the table has the entry of an index beyond the static ones; marks the block as broken if there is none. */
  #isKnown(index: number): boolean {
    if (index - STATIC_ENTRIES <= this.table.length) return true;
    if (this.table.complete) this.#broken = true;
    return false;
  }

  /** An integer whose first byte holds the bits of `mask` (section 5.1). Beyond 28 bits more it is no sensible number. */
  #integer(mask: number): number {
    const bytes = this.#bytes;
    let value = bytes[this.#at++] & mask;
    if (value < mask) return value;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#at === this.#end) break;
      const byte = bytes[this.#at++];
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.#broken = true;
    return 0;
  }

  /** A string, plain or in Huffman code (section 5.2); one character a byte. */
  #string(): string {
    if (this.#broken || this.#at === this.#end) {
      this.#broken = true;
      return "";
    }
    const isHuffman = this.#bytes[this.#at] >= 0x80;
    const length = this.#integer(0x7f);
    const start = this.#at, end = start + length;
    if (this.#broken || end > this.#end) {
      this.#broken = true;
      return "";
    }
    this.#at = end;
    if (!isHuffman) return text(this.#bytes, start, end);
    const room = Math.ceil(length * 8 / 5) + 1;
    if (room > scratch.length) scratch = new Uint8Array(2 * room);
    const decoded = decodeHuffman(this.#bytes, start, end, scratch);
    if (decoded < 0) {
      this.#broken = true;
      return "";
    }
    return text(scratch, 0, decoded);
  }
}

/** Short strings come from a table of those seen before. */
function text(bytes: Uint8Array, start: number, end: number): string {
  return end - start <= 16 ? token(bytes, start, end) : latin1(bytes, start, end);
}
