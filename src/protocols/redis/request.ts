/**
 * Commands of a client: an array of bulk strings, or a line of words.
 *
 *     *2\r\n $3\r\nGET\r\n $3\r\nkey\r\n
 *
 * Only the words that name a command are looked at, so that no argument (a key, a value, a password) ever leaves the
 * packet it came in; all others are counted and skipped.
 */
import { type Command, commands } from "./commands.ts";
import { isHttpLine, isLineByte, isProxyLine, nextWord, NONE, UNBALANCED, word } from "./inline.ts";
import { BROKEN, HALF, line, lineEnd, readLength, STREAMED, WHOLE } from "./line.ts";
import { ARRAY, BULK_STRING, ELEMENTS, INLINE_BYTES, STRING_BYTES } from "./messages.ts";
import { Payload } from "./payload.ts";
import { Prefix } from "./prefix.ts";

const LF = 10, CR = 13;

export class CommandReader {
  /** Whether nothing of the next command was taken yet. */
  idle = true;
  /** Whether the command in hand is whole. */
  done = false;
  /** Whether the bytes are no commands. */
  broken = false;
  /** Whether the name of the command in hand is known. */
  named = false;
  /** Whether the command in hand is a line. */
  inline = false;
  /** In capitals. */
  name = "";
  subcommand = "";
  option = "";
  /** Set for commands that are more than their name. */
  command: Command | undefined = undefined;
  /** Arguments, the command's name included, and how many bytes they are. */
  count = 0;
  size = 0;
  #wanted = 1;
  #index = 0;
  /** Bytes of a line without an end that were searched already. */
  #searched = 0;
  /** Whether a command was read before on this connection. */
  #begun = false;
  readonly #payload = new Payload();
  readonly #prefix = new Prefix();

  /** Name and subcommand, as the contract prints them. */
  get fullName(): string {
    return this.command?.subcommands.get(this.subcommand) ?? this.name;
  }

  /** Prepares for the next command. */
  reset(): void {
    this.idle = true;
    this.done =
      this.broken =
      this.named =
      this.inline =
        false;
    this.name = this.subcommand = this.option = "";
    this.command = undefined;
    this.count = this.size = 0;
    this.#index = this.#searched = 0;
    this.#wanted = 1;
    this.#payload.stop();
    this.#prefix.clear();
  }

  /** Takes what is one command's of `bytes[start..end)` and returns where it stopped: behind it, or at half a line. */
  take(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && !this.done && !this.broken) {
      const before = at;
      if (this.#payload.open) at = this.#inArgument(bytes, at, end);
      else if (!this.idle) at = this.#argument(bytes, at, end);
      else if (bytes[at] === ARRAY) at = this.#array(bytes, at, end);
      else at = this.#line(bytes, at, end);
      if (at === before) break;
    }
    return at;
  }

  /** Skips bytes that will never come. False when the end of the command is unknown from now on. */
  skip(lost: number): boolean {
    if (this.#index < this.#wanted || !this.#payload.skip(lost)) return false;
    if (!this.#payload.open) this.#argumentEnd();
    return true;
  }

  #array(bytes: Uint8Array, start: number, end: number): number {
    const found = readLength(bytes, start + 1, end);
    if (found !== WHOLE) return this.#halfOrBroken(found, start);
    if (line.length > ELEMENTS || line.length === STREAMED) return this.#halfOrBroken(BROKEN, start);
    if (line.length > 0) { // the server does not answer what has no name
      this.idle = false;
      this.#begun = true;
      this.count = line.length;
    }
    return line.end;
  }

  #argument(bytes: Uint8Array, start: number, end: number): number {
    const found = bytes[start] === BULK_STRING ? readLength(bytes, start + 1, end) : BROKEN;
    if (found !== WHOLE) return this.#halfOrBroken(found, start);
    const { length, end: first } = line;
    if (length < 0 || length > STRING_BYTES) return this.#halfOrBroken(BROKEN, start);
    this.size += length;
    const last = first + length;
    if (last + 2 > end) {
      this.#payload.start(length);
      return first;
    }
    if (lineEnd(bytes, last, end) !== WHOLE) return this.#halfOrBroken(BROKEN, start);
    if (this.#index < this.#wanted) this.#prefix.add(bytes, first, last);
    this.#argumentEnd();
    return last + 2;
  }

  #inArgument(bytes: Uint8Array, start: number, end: number): number {
    if (this.#index < this.#wanted) {
      this.#prefix.add(bytes, start, Math.min(end, start + this.#payload.remaining));
    }
    const at = this.#payload.take(bytes, start, end);
    if (this.#payload.broken) this.broken = true;
    else if (!this.#payload.open) this.#argumentEnd();
    return at;
  }

  #argumentEnd(): void {
    if (this.#index < this.#wanted) this.#wordEnd();
    this.#index++;
    this.done = this.#index === this.count;
  }

  /** The word in the prefix is whole. */
  #wordEnd(): void {
    const text = this.#prefix.capitals();
    this.#prefix.clear();
    if (this.#index === 1) this.subcommand = text;
    else if (this.#index === 2) this.option = text;
    else {
      this.name = text;
      this.named = true;
      this.command = commands.get(text);
      if (this.command !== undefined) this.#wanted = this.command.words;
    }
  }

  #line(bytes: Uint8Array, start: number, end: number): number {
    let at = start + this.#searched;
    while (at < end && bytes[at] !== LF && isLineByte(bytes[at])) at++;
    if (at === end && at - start <= INLINE_BYTES) {
      this.#searched = at - start;
      return start;
    }
    this.#searched = 0;
    if (at === end || bytes[at] !== LF) return this.#halfOrBroken(BROKEN, start);
    if (!this.#begun) {
      if (isProxyLine(bytes, start, at)) return at + 1;
      if (isHttpLine(bytes, start, at)) return this.#halfOrBroken(BROKEN, start);
    }
    this.#words(bytes, start, at > start && bytes[at - 1] === CR ? at - 1 : at);
    return at + 1;
  }

  #words(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start;; at = word.end) {
      const found = nextWord(bytes, at, end, this.#prefix);
      if (found === NONE) break;
      if (this.#index < this.#wanted) this.#wordEnd();
      this.#index++;
      this.size += word.length;
      if (found === UNBALANCED) {
        this.command = undefined; // answered by an error, and without effect
        break;
      }
    }
    this.#prefix.clear();
    this.inline = true;
    this.count = this.#index;
    this.done = this.count > 0;
    this.idle = !this.done;
    this.#begun ||= this.done;
  }

  #halfOrBroken(found: number, at: number): number {
    if (found !== HALF) this.broken = true;
    return at;
  }
}
