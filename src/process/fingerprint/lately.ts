/** What was made of texts lately, for those that come again and again: a statement that was prepared, one path. */

const PLACES = 256;
/** Longer texts are not kept. */
const LONGEST = 1024;

/** A table of fixed size: a text displaces the one in its place, and costs next to nothing where it comes only once. */
export class Lately {
  readonly #kinds: string[] = new Array(PLACES).fill("");
  readonly #texts: string[] = new Array(PLACES).fill("");
  readonly #made: string[] = new Array(PLACES).fill("");

  /** What was kept for a text of one kind; undefined for nothing. */
  get(kind: string, text: string): string | undefined {
    const place = placeOf(text);
    if (this.#texts[place] !== text || this.#kinds[place] !== kind) return undefined;
    return this.#made[place] || undefined;
  }

  /** Keeps what was made, and returns it. */
  keep(kind: string, text: string, made: string): string {
    if (text.length > LONGEST) return made;
    const place = placeOf(text);
    this.#kinds[place] = kind;
    this.#texts[place] = text;
    return this.#made[place] = made;
  }
}

/** By its length and two of its characters: a hash of all would have to be made anew for each text. */
function placeOf(text: string): number {
  const { length } = text;
  if (length < 2) return 0;
  return (length * 67 + text.charCodeAt(length >> 1) * 31 + text.charCodeAt(length - 2)) & (PLACES - 1);
}
