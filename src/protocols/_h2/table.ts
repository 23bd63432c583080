/**
 * The dynamic table of HPACK (RFC 7541, sections 2.3 and 4): what one direction of a connection has added, newest first.
 *
 * Entries are named by how far they are from the newest one, so those that were seen keep their right index whatever
 * came before them: after a late start or lost bytes the table is empty and `complete` is false, an index beyond what
 * was added since is unknown, and the table heals as entries are added. What the encoder evicts meanwhile is always
 * older than what it still names, so even a table size that was not seen cannot shift an index.
 */

/** Size that a table has unless it is told otherwise, and the largest that is followed. */
export const USUAL_TABLE_BYTES = 4096;
export const TABLE_BYTES = 128 * 1024;
/** What an entry counts besides its name and value (section 4.1). */
export const ENTRY_BYTES = 32;

export class DynamicTable {
  /** Whether everything that the encoder may name is here. */
  complete: boolean;
  /** Ring of names and values; the newest entry lies before `#next`. */
  #names: string[] = [];
  #values: string[] = [];
  #mask = -1;
  #next = 0;
  #count = 0;
  #bytes = 0;
  #limit: number;

  constructor(complete: boolean) {
    this.complete = complete;
    this.#limit = complete ? USUAL_TABLE_BYTES : TABLE_BYTES;
  }

  /** How many entries are known. */
  get length(): number {
    return this.#count;
  }

  /** Name of an entry; 0 is the newest, and it must be below `length`. */
  name(index: number): string {
    return this.#names[(this.#next - 1 - index) & this.#mask];
  }

  value(index: number): string {
    return this.#values[(this.#next - 1 - index) & this.#mask];
  }

  /** Adds an entry; one that is larger than the table empties it (section 4.4). */
  add(name: string, value: string): void {
    const bytes = name.length + value.length + ENTRY_BYTES;
    this.#evict(this.#limit - bytes);
    if (bytes > this.#limit) return;
    if (this.#count > this.#mask) this.#grow();
    const at = this.#next++ & this.#mask;
    this.#names[at] = name;
    this.#values[at] = value;
    this.#count++;
    this.#bytes += bytes;
  }

  /** The encoder changes the table's size (section 6.3). An empty table has nothing unknown in it. */
  resize(bytes: number): void {
    if (bytes > TABLE_BYTES) this.complete = false; // not all of it is kept
    else if (bytes === 0) this.complete = true;
    this.#limit = Math.min(bytes, TABLE_BYTES);
    this.#evict(this.#limit);
  }

  /** Entries, or a change of the size, may have been missed: forgets what is known. */
  lose(): void {
    this.complete = false;
    this.#limit = TABLE_BYTES;
    this.#evict(0);
  }

  /** The connection begins here. */
  restart(): void {
    this.#evict(0);
    this.complete = true;
    this.#limit = USUAL_TABLE_BYTES;
  }

  #evict(limit: number): void {
    while (this.#bytes > limit && this.#count > 0) {
      const at = (this.#next - this.#count--) & this.#mask;
      this.#bytes -= this.#names[at].length + this.#values[at].length + ENTRY_BYTES;
      this.#names[at] = this.#values[at] = "";
    }
  }

  /** Doubles the ring: the oldest entry comes first in the new one. */
  #grow(): void {
    const capacity = Math.max(16, 2 * (this.#mask + 1));
    const names = new Array<string>(capacity).fill(""), values = new Array<string>(capacity).fill("");
    for (let i = 0; i < this.#count; i++) {
      names[i] = this.name(this.#count - 1 - i);
      values[i] = this.value(this.#count - 1 - i);
    }
    this.#names = names;
    this.#values = values;
    this.#mask = capacity - 1;
    this.#next = this.#count;
  }
}
