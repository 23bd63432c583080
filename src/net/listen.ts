/** Listens to flows of which nobody knows what they speak, until their first bytes tell. */
import type { Arrival } from "../core/flow.ts";
import { OPENING_BYTES_TOTAL } from "../core/limits.ts";
import type { ByteRange, Protocol } from "../core/protocol.ts";
import { CERTAIN, NO, UNSURE } from "../core/verdict.ts";
import type { FlowState, Side } from "./flows.ts";
import { Opening } from "./opening.ts";
import { recognise, type Recognition } from "./recognise.ts";
import { knownStranger } from "./strangers.ts";

export class Listener {
  /** Bytes kept of all flows. */
  #bytes = 0;

  /** @param protocols all that are decoded */
  constructor(readonly protocols: readonly Protocol[]) {}

  /**
   * Judges a flow with its next bytes.
   *
   * @returns undefined when they were kept, as more is needed; else only what came before them is in `flow.opening`
   */
  hear(
    flow: FlowState,
    side: Side,
    bytes: Uint8Array,
    start: number,
    end: number,
    at: Arrival,
  ): Recognition | undefined {
    const opening = flow.opening ??= new Opening(flow.transport);
    const isFirst = opening.isEmpty(side); // then it need not be copied to be judged
    const isKept = !isFirst && this.#keep(opening, side, bytes, start, end, at);
    const firsts: [ByteRange, ByteRange] = [opening.first(0), opening.first(1)];
    if (isFirst) firsts[side] = { bytes, start, end };
    let found: Recognition = UNSURE;
    if (isFirst || isKept) {
      found = this.#judge(flow, side, firsts, isFirst);
      if (found === UNSURE && (isKept || this.#keep(opening, side, bytes, start, end, at))) return undefined;
    }
    if (isKept) {
      this.#bytes -= opening.bytes;
      opening.forgetLast();
      this.#bytes += opening.bytes;
    }
    return found === UNSURE ? recognise(this.protocols, firsts, flow, true) : found;
  }

  /** Judges by what was kept: more will not come. */
  conclude(flow: FlowState): Recognition {
    const { opening } = flow;
    if (opening === undefined) return NO;
    return recognise(this.protocols, [opening.first(0), opening.first(1)], flow, true);
  }

  /** What was kept of a flow, which is then given up. */
  take(flow: FlowState): Opening | undefined {
    const { opening } = flow;
    flow.opening = undefined;
    this.#bytes -= opening?.bytes ?? 0;
    return opening;
  }

  #judge(flow: FlowState, side: Side, firsts: readonly [ByteRange, ByteRange], isFirst: boolean): Recognition {
    const { chosen } = flow;
    const { bytes, start, end } = firsts[side];
    if (chosen !== undefined) {
      // What began strangely, or was too short to tell, is the rule's protocol after all.
      const verdict = chosen.probe(flow.directionOf(side), bytes, start, end);
      if (verdict === CERTAIN || (verdict === UNSURE && !isFirst)) {
        return { protocol: chosen, clientSide: flow.clientSide as Side };
      }
    }
    const found = recognise(this.protocols, firsts, flow, false);
    return found === UNSURE && knownStranger(bytes, start, end) !== "" ? NO : found;
  }

  #keep(opening: Opening, side: Side, bytes: Uint8Array, start: number, end: number, at: Arrival): boolean {
    if (this.#bytes + end - start > OPENING_BYTES_TOTAL) return false;
    const before = opening.bytes;
    const isKept = opening.add(side, bytes, start, end, at);
    this.#bytes += opening.bytes - before;
    return isKept;
  }
}
