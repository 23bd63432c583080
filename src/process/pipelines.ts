/** Gives each round trip to the steps of all pipelines. */
import type { RoundTrip, RoundTripSink } from "../core/roundtrip.ts";
import type { Step } from "./step.ts";

/** A step, and what it said of the round trip in hand. */
class Place {
  turn = 0;
  goesOn = false;

  constructor(readonly step: Step) {}
}

/**
 * The steps of a pipeline run in order, until one ends the round trip's way. A step that stands in several pipelines runs
 * once for a round trip, in the first pipeline that brings it that far, and its verdict holds in the others: so nothing
 * is counted or exported twice.
 */
export class Pipelines implements RoundTripSink {
  readonly rendersText: boolean;
  readonly #pipelines: readonly (readonly Place[])[];
  #turn = 0;

  /** @param pipelines the steps of each; the same processor is the same object wherever it stands */
  constructor(pipelines: readonly (readonly Step[])[]) {
    const places = new Map<Step, Place>();
    for (const step of pipelines.flat()) if (!places.has(step)) places.set(step, new Place(step));
    this.#pipelines = pipelines.map((steps) => steps.map((step) => places.get(step)!));
    this.rendersText = [...places.keys()].some((step) => step.rendersText !== false);
  }

  roundTrip(roundTrip: RoundTrip): void {
    const turn = ++this.#turn;
    for (const places of this.#pipelines) {
      for (const place of places) {
        if (place.turn !== turn) {
          place.turn = turn;
          place.goesOn = place.step.roundTrip(roundTrip);
        }
        if (!place.goesOn) break;
      }
    }
  }

  unanswered(roundTrip: RoundTrip): void {
    const turn = ++this.#turn;
    for (const places of this.#pipelines) {
      for (const place of places) {
        if (place.turn !== turn) {
          place.turn = turn;
          place.goesOn = place.step.unanswered(roundTrip);
        }
        if (!place.goesOn) break;
      }
    }
  }
}
