/** The last round trips of each group in full, for who looks into one: kept as text, since their bytes are used again. */
import { JsonWriter } from "../core/json.ts";
import type { RoundTrip, RoundTripSink } from "../core/roundtrip.ts";
import { JsonLines } from "../export/json_lines.ts";

/** Round trips of one group, groups, and characters of one round trip that are kept. */
export const LAST = 5;
const GROUPS = 256;
const CHARACTERS = 8192;
/** Round trips written in one second; of the group that is looked at all are. */
const PER_SECOND = 200;

const decoder = new TextDecoder();

export class LastRoundTrips implements RoundTripSink {
  /** The key of the group that is looked at; undefined for none. */
  watched: string | undefined;
  readonly #keyOf: (roundTrip: RoundTrip) => string;
  /** JSON by the group's key, the newest last; the group that was added to last stands last. */
  readonly #texts = new Map<string, string[]>();
  readonly #format = new JsonLines({ showSecrets: false });
  readonly #json = new JsonWriter();
  #sec = NaN;
  #written = 0;

  constructor(keyOf: (roundTrip: RoundTrip) => string) {
    this.#keyOf = keyOf;
  }

  roundTrip(roundTrip: RoundTrip): void {
    const sec = roundTrip.answered ? roundTrip.responseSec : roundTrip.requestSec;
    if (sec !== this.#sec) {
      this.#sec = sec;
      this.#written = 0;
    }
    const isFull = this.#written >= PER_SECOND;
    if (isFull && this.watched === undefined) return; // the key costs a fingerprint
    const key = this.#keyOf(roundTrip);
    if (isFull && key !== this.watched) return;
    this.#written++;
    const texts = this.#texts.get(key) ?? [];
    texts.push(this.#textOf(roundTrip));
    if (texts.length > LAST) texts.shift();
    this.#texts.delete(key);
    this.#texts.set(key, texts);
    if (this.#texts.size > GROUPS) this.#texts.delete(this.#texts.keys().next().value!);
  }

  unanswered(roundTrip: RoundTrip): void {
    this.roundTrip(roundTrip);
  }

  /** Those of a group, the newest first, each as lines of indented JSON; none where they were forgotten. */
  of(key: string): string[][] {
    return (this.#texts.get(key) ?? []).toReversed().map((text) => {
      try {
        return JSON.stringify(JSON.parse(text), null, 2).split("\n");
      } catch { // what was cut is no JSON
        return text.match(/.{1,200}/gs) ?? [];
      }
    });
  }

  clear(): void {
    this.#texts.clear();
  }

  #textOf(roundTrip: RoundTrip): string {
    this.#json.clear();
    this.#format.write(roundTrip, this.#json);
    return decoder.decode(this.#json.view()).trimEnd().slice(0, CHARACTERS);
  }
}
