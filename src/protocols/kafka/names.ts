/** Names that many messages repeat, and the names of topic ids (KIP-516): one store for all connections of a lane. */
import { latin1, utf8 } from "../../bytes/text.ts";
import { TOPIC_IDS } from "./messages.ts";

const SLOTS = 1024;
/** Longer names are made anew each time. */
const LONGEST = 128;

export class Names {
  readonly #slots: string[] = new Array(SLOTS).fill("");
  /** Names of topics by their id, the oldest first. */
  readonly #topics = new Map<string, string>();

  /** A name as a string: no new one for a name that was seen lately. */
  text(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > LONGEST) return utf8(bytes, start, end);
    let hash = length, high = 0;
    for (let i = start; i < end; i++) {
      hash = (Math.imul(hash, 31) + bytes[i]) | 0;
      high |= bytes[i];
    }
    if (high > 0x7f) return utf8(bytes, start, end);
    const slot = (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (SLOTS - 1);
    const known = this.#slots[slot];
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === length) return known;
    }
    return this.#slots[slot] = latin1(bytes, start, end);
  }

  /** Learns which topic has an id (one character a byte). */
  learn(id: string, name: string): void {
    if (this.#topics.get(id) === name) return;
    if (this.#topics.size >= TOPIC_IDS) {
      for (const oldest of this.#topics.keys()) {
        this.#topics.delete(oldest);
        break;
      }
    }
    this.#topics.set(id, name);
  }

  /** The name of the topic with this id; undefined when it was never told. */
  topicOf(id: string): string | undefined {
    return this.#topics.get(id);
  }
}
