/**
 * What is done when packets come faster than they can be decoded. The ring would fill up, and the kernel then drop packets
 * of every flow, so that none can be relied on. Instead whole flows are passed over: by half as many as there are at a time,
 * until the ring empties, and step by step fewer again once it is nearly empty. What is passed over is counted; the flows
 * that are kept stay whole.
 *
 * A ring that is full because the machine stood still, and that empties by itself, needs none of that.
 */
import type { PacketSource } from "../core/packet.ts";
import { ALL_PARTS } from "../net/follow.ts";

/** From this fill of the ring on it has to be emptying. */
export const SHED_FILL = 0.75;
/** Below this fill there is time for more flows. */
const CALM_FILL = 0.25;
/** How long the ring is given to show that it empties; and how long it has to be calm before there are more flows. */
const JUDGED_MS = 20, CALM_MS = 1000;
/** Parts of all flows that come back in one step. */
const STEP = ALL_PARTS / 16;

export class Overload {
  /** Parts of {@link ALL_PARTS} that are followed. */
  #kept = ALL_PARTS;
  readonly #keep: (parts: number) => void;
  readonly #tell: (share: number) => void;
  /** When the ring was last judged while it was too full, and how full it was; and since when it is calm. */
  #judgedMs = NaN;
  #judgedFill = 0;
  #calmMs = 0;

  /**
   * @param keep has so many parts of all flows followed
   * @param tell is given the share of flows that is followed now, when that begins and ends to be less than all
   */
  constructor(keep: (parts: number) => void, tell: (share: number) => void) {
    this.#keep = keep;
    this.#tell = tell;
  }

  /** Share of all flows that is followed. */
  get share(): number {
    return this.#kept / ALL_PARTS;
  }

  /** To be called after each round through the sources. */
  round(sources: readonly PacketSource[], nowMs: number): void {
    let fill = 0;
    for (const source of sources) fill = Math.max(fill, source.fill ?? 0);
    if (fill >= SHED_FILL) this.#press(fill, nowMs);
    else {
      this.#judgedMs = NaN;
      if (this.#kept < ALL_PARTS) this.#relax(fill, nowMs);
    }
  }

  #press(fill: number, nowMs: number): void {
    this.#calmMs = nowMs;
    if (nowMs - this.#judgedMs < JUDGED_MS) return;
    if (fill >= this.#judgedFill && !Number.isNaN(this.#judgedMs)) this.#set(Math.max(1, this.#kept >> 1));
    this.#judgedMs = nowMs;
    this.#judgedFill = fill;
  }

  #relax(fill: number, nowMs: number): void {
    if (fill >= CALM_FILL) this.#calmMs = nowMs;
    if (nowMs - this.#calmMs < CALM_MS) return;
    this.#calmMs = nowMs;
    this.#set(Math.min(ALL_PARTS, this.#kept + STEP));
  }

  #set(parts: number): void {
    const before = this.#kept;
    if (parts === before) return;
    this.#kept = parts;
    this.#keep(parts);
    if (before === ALL_PARTS || parts === ALL_PARTS) this.#tell(this.share);
  }
}

/** For the log: what a share of the flows means. */
export function overloadText(share: number): string {
  return share === 1
    ? "all flows are followed again"
    : "packets come faster than they can be decoded: part of the flows is sampled out, the others stay whole";
}
