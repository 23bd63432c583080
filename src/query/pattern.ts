/**
 * Regular expressions over text that strangers wrote. The engine of JavaScript goes back and tries again, which such a
 * text can make it do for hours: `(a+)+b` on forty letters. RE2 never goes back, so its time grows with the product of
 * the pattern's size and the text's length, and both are bounded here. It has no back references and no look-around.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 */
import { RE2JS } from "npm:re2js@2.10.0";

const PATTERN_CHARACTERS = 512;
/** Instructions of a pattern: `x{300}` has three hundred. */
const PATTERN_INSTRUCTIONS = 512;
/** The first so many characters of a text are looked at. */
export const TEXT_CHARACTERS = 4096;

/** A pattern, or why it is none. */
export class Pattern {
  readonly #compiled: RE2JS;

  /** @throws Error that says what is wrong */
  constructor(source: string) {
    if (source.length > PATTERN_CHARACTERS) throw new Error(`it is longer than ${PATTERN_CHARACTERS} characters`);
    try {
      this.#compiled = RE2JS.compile(source);
    } catch (error) {
      throw new Error((error as Error).message.replace(/^error parsing regexp: /, ""));
    }
    if (this.#compiled.programSize() > PATTERN_INSTRUCTIONS) throw new Error("it repeats too much");
  }

  /** Whether the text holds a match anywhere. */
  test(text: string): boolean {
    return this.#compiled.test(text.length > TEXT_CHARACTERS ? text.slice(0, TEXT_CHARACTERS) : text);
  }
}
