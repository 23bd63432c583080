/** Bodies of responses, which are kept only where somebody asked for them. */
import { BODY_BYTES_TOTAL } from "./limits.ts";

/** Which bodies are kept, and how much of each. */
export interface BodyCapture {
  /** The most that is kept, or decoded, of one body. */
  readonly maxBytes: number;
  /** Media types: `application/json`, or with a star: `text/*`. */
  readonly contentTypes: readonly string[];
}

/** What is kept where nothing else was said. */
export const USUAL_BODIES: BodyCapture = {
  maxBytes: 100 * 1024,
  contentTypes: ["application/json", "text/json", "text/plain", "text/html"],
};

/** What all conversations of a lane share that keep bodies: the choice, and the room for all of them together. */
export class Bodies {
  readonly maxBytes: number;
  readonly #types: readonly (readonly [start: string, end: string | undefined])[];
  #room: number;

  /** @param totalBytes ceiling on what is kept at once */
  constructor({ maxBytes, contentTypes }: BodyCapture, totalBytes: number = BODY_BYTES_TOTAL) {
    this.maxBytes = maxBytes;
    this.#types = contentTypes.map((type) => {
      const parts = type.toLowerCase().split("*");
      return [parts[0], parts.length === 1 ? undefined : parts.at(-1)] as const;
    });
    this.#room = totalBytes;
  }

  /** Whether bodies of this media type (in lower case, without parameters) are kept. */
  wants(mediaType: string): boolean {
    for (const [start, end] of this.#types) {
      if (end === undefined ? mediaType === start : mediaType.startsWith(start) && mediaType.endsWith(end)) return true;
    }
    return false;
  }

  /** Takes room for so many bytes; false when there is too little. */
  take(bytes: number): boolean {
    if (bytes > this.#room) return false;
    this.#room -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#room += bytes;
  }
}
