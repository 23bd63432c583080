/**
 * Texts that were made before, found again by what they are made of: who asks writes a key of code units, and texts
 * with the same key are the same. A lookup makes no garbage, and gives the same string each time, whose hash is known.
 *
 * A table of fixed size, in which the newest displace others: what comes often is soon there again, and a scan of a
 * million distinct keys costs no memory.
 */

/** Places, of which a key has two. With the longest keys and texts of 1 KB they take 6 MB. */
const PLACES = 2048;
/** Longer keys are not kept. */
export const LONGEST = 1024;

export class Interned {
  /** The key: its code units from the first on. More than {@link LONGEST} find no room. */
  readonly units = new Uint16Array(LONGEST + 4);
  /** The same, two at a time. */
  readonly #pairs = new Uint32Array(this.units.buffer);
  readonly #keys: Uint32Array[] = new Array(PLACES).fill(new Uint32Array(0));
  readonly #texts: string[] = new Array(PLACES).fill("");
  #place = 0;

  /** The text that was kept with a key of so many units; undefined where there is none. */
  find(length: number): string | undefined {
    if (length > LONGEST) return undefined;
    const pairs = this.#pairs, end = length + 1 >> 1;
    this.units[length] = 0; // the other half of the last pair
    pairs[end] = length; // so that no key is the beginning of another
    let hash = 0;
    for (let i = 0; i <= end; i++) hash = Math.imul(hash ^ pairs[i], 0x9e3779b1) ^ hash >>> 15;
    const place = this.#place = (hash ^ hash >>> 11) & (PLACES - 2);
    if (this.#isAt(place, end + 1)) return this.#texts[place];
    return this.#isAt(place + 1, end + 1) ? this.#texts[place + 1] : undefined;
  }

  /** Keeps what {@link find} did not find, and returns it. */
  keep(length: number, text: string): string {
    if (length > LONGEST) return text;
    const keys = this.#keys, texts = this.#texts, place = this.#place;
    keys[place + 1] = keys[place];
    texts[place + 1] = texts[place];
    keys[place] = this.#pairs.slice(0, (length + 1 >> 1) + 1);
    return texts[place] = text;
  }

  #isAt(place: number, length: number): boolean {
    const key = this.#keys[place], pairs = this.#pairs;
    if (key.length !== length) return false;
    for (let i = 0; i < length; i++) if (key[i] !== pairs[i]) return false;
    return true;
  }
}
