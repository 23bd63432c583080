/** What must hold of a recorded case in every weather. */
import assert from "node:assert/strict";
import type { Case } from "./cases.ts";
import { seeded } from "./random.ts";
import { type Packet, replay } from "./replay.ts";
import { crowd, damages, harmless, losses } from "./weather.ts";

interface Pair {
  readonly line: string;
  readonly request: Record<string, unknown>;
  readonly response: Record<string, unknown>;
}

/** A line as a pair, with what any weather may change taken out: times. */
function pairOf(line: string): Pair {
  const { Request, Response } = JSON.parse(line);
  // MongoDB's numbers have no way to say that they are unknown; the message beside them says it.
  if (Response.Message === "<unknown>") delete Response.Ok, delete Response.Code;
  delete Request.Time, delete Response.Time;
  return { line, request: Request, response: Response };
}

const isUnknown = (value: unknown) => typeof value === "string" && value.includes("<unknown>");

/** Whether two values are equal wherever they are known: who missed the CLOSE of a statement still knows its text. */
function agrees(found: unknown, truth: unknown): boolean {
  if (isUnknown(found) || isUnknown(truth)) return true;
  if (typeof found !== "object" || found === null || typeof truth !== "object" || truth === null) {
    return found === truth;
  }
  const known = truth as Record<string, unknown>;
  return Object.entries(found).every(([key, value]) => {
    if (key === "Size") return Number(value) <= Number(known[key]); // of what was seen
    return key.includes("<unknown>") || agrees(value, known[key]);
  });
}

/** What a line says besides times, for comparing as a whole. */
function timeless(line: string): string {
  const { Request, Response } = JSON.parse(line);
  delete Request.Time, delete Response.Time;
  return JSON.stringify([Request, Response]);
}

/** Lines that stand more often among these than among others. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}

/** Runs a case through every weather. */
export class WeatherCheck {
  readonly #case: Case;
  readonly #truth: Pair[];
  readonly #timeless: string[];

  /** Whether bytes are missing in the capture as it was recorded. */
  readonly #isWhole: boolean;

  constructor(recorded: Case) {
    this.#case = recorded;
    const { lines, ledger } = replay(recorded.packets, recorded.rules);
    const { capture, cut, unacknowledged } = ledger.missing;
    const midStream = [...ledger.protocols.values()].some(({ midStreamFlows }) => midStreamFlows > 0);
    this.#isWhole = capture + cut + unacknowledged === 0 && !midStream;
    this.#truth = lines.map(pairOf);
    this.#timeless = lines.map(timeless).sort();
  }

  /** Everything that does not hold, each with the weather and the seed that shows it. */
  *failures(seed: number): Generator<string> {
    const kinds = [[harmless, this.#harmless], [losses, this.#loss], [damages, this.#replay]] as const;
    for (const [weathers, check] of kinds) {
      for (const [name, weather] of Object.entries(weathers)) {
        try {
          const { packets, rules } = this.#case;
          check.call(this, weather(packets, seeded(seed), rules[0].ports));
        } catch (error) {
          const text = error instanceof assert.AssertionError ? error.message : (error as Error).stack;
          yield `${this.#case.protocol}/${this.#case.claim}: ${name}, seed ${seed}: ${text}`;
        }
      }
    }
  }

  /** Many copies of the conversation at once: each gives what one gives. */
  crowd(copies: number, seed: number): void {
    const { rules, packets } = this.#case;
    const { lines } = replay(crowd(packets, copies, seed), rules);
    assert.equal(lines.length, copies * this.#truth.length, `${this.#case.claim} ${copies} times, seed ${seed}`);
  }

  #replay(packets: Packet[]): string[] {
    const { lines, ledger } = replay(packets, this.#case.rules);
    for (const account of ledger.protocols.values()) {
      assert.ok(account.balanced() && account.pending === 0, `does not add up: ${JSON.stringify(account)}`);
    }
    return lines;
  }

  #harmless(packets: Packet[]): void {
    if (!this.#isWhole) return this.#loss(packets);
    const found = this.#replay(packets).map(timeless).sort();
    const missing = without(this.#timeless, found), more = without(found, this.#timeless);
    const first = [...missing.slice(0, 1), ...more.slice(0, 1)].join(" and not ");
    assert.ok(missing.length + more.length === 0, `${missing.length} lines missing, ${more.length} new: ${first}`);
  }

  #loss(packets: Packet[]): void {
    for (const line of this.#replay(packets)) {
      const found = pairOf(line);
      const isTrue = this.#truth.some(({ request, response }) =>
        agrees(found.request, request) && agrees(found.response, response)
      );
      assert.ok(isTrue, `a wrong pair: ${line}`);
    }
  }
}
