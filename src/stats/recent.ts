/** How many there were in each second of the last minute. */

export const SECONDS = 60;
const BARS = "▁▂▃▄▅▆▇█";

export class Recent {
  readonly #counts = new Uint32Array(SECONDS);
  /** The newest second that was counted; NaN before the first. */
  #newest = NaN;

  add(sec: number): void {
    if (this.#enter(sec)) this.#counts[sec % SECONDS]++;
  }

  merge(other: Recent): void {
    if (Number.isNaN(other.#newest)) return;
    for (let sec = other.#newest - SECONDS + 1; sec <= other.#newest; sec++) {
      const count = other.#counts[sec % SECONDS];
      if (sec >= 0 && count > 0 && this.#enter(sec)) this.#counts[sec % SECONDS] += count;
    }
  }

  /** The counts of the minute that ends with a second, the oldest first. */
  counts(untilSec: number): number[] {
    return Array.from({ length: SECONDS }, (_, i) => {
      const sec = untilSec - SECONDS + 1 + i;
      return sec >= 0 && sec <= this.#newest && sec > this.#newest - SECONDS ? this.#counts[sec % SECONDS] : 0;
    });
  }

  /** Makes room for a second; false for one that lies too far back. */
  #enter(sec: number): boolean {
    if (!(sec > this.#newest - SECONDS) && !Number.isNaN(this.#newest)) return false;
    if (sec <= this.#newest) return true;
    if (!(sec - this.#newest < SECONDS)) this.#counts.fill(0);
    else for (let between = this.#newest + 1; between <= sec; between++) this.#counts[between % SECONDS] = 0;
    this.#newest = sec;
    return true;
  }
}

/** The counts as bars, so many characters wide. Nothing is a blank; the highest bar is the most. */
export function sparkline(counts: readonly number[], width: number): string {
  const sums = Array.from({ length: width }, (_, i) => {
    const from = Math.floor(i * counts.length / width), to = Math.floor((i + 1) * counts.length / width);
    let sum = 0;
    for (let at = from; at < to; at++) sum += counts[at];
    return sum;
  });
  const most = Math.max(...sums);
  return sums.map((sum) => sum === 0 ? " " : BARS[Math.ceil(sum / most * BARS.length) - 1]).join("");
}
