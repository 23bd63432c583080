/** What must hold of a recorded case in every weather. */
import assert from "node:assert/strict";
import { u16be } from "../../src/bytes/read.ts";
import { timeText } from "../../src/core/time.ts";
import type { Case } from "./cases.ts";
import { seeded } from "./random.ts";
import { type Packet, replay } from "./replay.ts";
import { tcpPlace } from "./segments.ts";
import { crowd, damages, harmless, losses, movesTimes } from "./weather.ts";

interface Pair {
  readonly line: string;
  /** Everything but times. */
  readonly timeless: string;
  /** Whose it is, and when it was asked and answered. */
  readonly from: string;
  readonly asked: string;
  readonly answered: string;
  readonly request: Record<string, unknown>;
  readonly response: Record<string, unknown>;
}

/** A line as a pair, with what any weather may change taken out: times. */
function pairOf(line: string): Pair {
  const { Request, Response } = JSON.parse(line);
  const from = `${Request.Host} ${Request.Port}`, asked = Request.Time, answered = Response.Time;
  delete Request.Time, delete Response.Time;
  const text = JSON.stringify([Request, Response]);
  // MongoDB's numbers have no way to say that they are unknown; the message beside them says it.
  if (Response.Message === "<unknown>") delete Response.Ok, delete Response.Code;
  return { line, timeless: text, from, asked, answered, request: Request, response: Response };
}

const isUnknown = (value: unknown) => typeof value === "string" && value.includes("<unknown>");

/** Whether two values are equal wherever they are known: who missed the CLOSE of a statement still knows its text. */
function agrees(found: unknown, truth: unknown): boolean {
  if (isUnknown(found) || isUnknown(truth)) return true;
  // A list with something unknown in it may be longer, or shorter, than the true one.
  if (Array.isArray(found) && found.some(isUnknown)) return true;
  if (typeof found !== "object" || found === null || typeof truth !== "object" || truth === null) {
    return found === truth;
  }
  const known = truth as Record<string, unknown>;
  return Object.entries(found).every(([key, value]) => {
    if (key === "Size") return Number(value) <= Number(known[key]); // of what was seen
    return key.includes("<unknown>") || agrees(value, known[key]);
  });
}

/** A time in UTC as text in whose order times are. */
const comparable = (time: string) => time.replace(/Z$/, "");

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

/**
 * Clients that send on while answers are under way. Where just those requests are missing that show it, a capture looks
 * like one of a client that takes turns, and equal answers may be taken for each other.
 */
const SENDS_ON: ReadonlySet<string> = new Set([
  "mysql/pipelined-without-eof",
  "postgresql/parse-describe-flush",
  "postgresql/pipeline-of-300",
  "redis/pipelined-1000",
  "amqp/confirms-multiple-and-nacks", // the order of confirms is lost until its channel is opened anew
]);

/** Of these, one whose every answer looks alike and in which just that happens: who is lost there cannot be told. */
const AMBIGUOUS = "mysql/pipelined-without-eof";

/** Round trips that one lost segment costs at most besides those that were under way, until the order is known again. */
const RESYNCHRONISING = 3;
/** In Redis what was lost may have changed the mode: a subscription, a transaction, replies that are turned off. */
const RESYNCHRONISING_MODES = 7;

/** Runs a case through every weather. */
export class WeatherCheck {
  readonly #case: Case;
  readonly #truth: Pair[];
  readonly #timeless: string[];
  readonly #known: ReadonlySet<string>;

  /** Whether bytes are missing in the capture as it was recorded. */
  readonly #isWhole: boolean;

  constructor(recorded: Case) {
    this.#case = recorded;
    const { lines, ledger } = replay(recorded.packets, recorded.rules);
    const { capture, cut, unacknowledged } = ledger.missing;
    const midStream = [...ledger.protocols.values()].some(({ midStreamFlows }) => midStreamFlows > 0);
    this.#isWhole = capture + cut + unacknowledged === 0 && !midStream;
    this.#truth = lines.map(pairOf);
    this.#timeless = this.#truth.map(({ timeless }) => timeless);
    this.#known = new Set(this.#timeless);
  }

  /** Everything that does not hold, each with the weather and the seed that shows it. */
  *failures(seed: number): Generator<string> {
    yield* this.#failure("one segment lost", seed, () => this.loseOne(seed));
    const kinds = [[harmless, this.#harmless], [losses, this.#loss], [damages, this.#replay]] as const;
    for (const [weathers, check] of kinds) {
      for (const [name, weather] of Object.entries(weathers)) {
        const { packets, rules } = this.#case;
        yield* this.#failure(name, seed, () => check.call(this, weather(packets, seeded(seed), rules[0].ports), name));
      }
    }
  }

  *#failure(name: string, seed: number, check: () => void): Generator<string> {
    try {
      check();
    } catch (error) {
      const text = error instanceof assert.AssertionError ? error.message : (error as Error).stack;
      yield `${this.#case.protocol}/${this.#case.claim}: ${name}, seed ${seed}: ${text}`;
    }
  }

  /** One segment is lost. @throws AssertionError when that costs more than it may */
  loseOne(seed: number): void {
    const { packets, rules, protocol, claim } = this.#case;
    if (!this.#isWhole || SENDS_ON.has(`${protocol}/${claim}`)) return;
    const random = seeded(seed);
    const at = Math.trunc(random() * packets.length), packet = packets[at], place = tcpPlace(packet);
    if (place === undefined || place.end === place.payload) return;
    const ports = [u16be(packet.bytes, place.header), u16be(packet.bytes, place.header + 2)];
    const time = comparable(timeText(packet.sec, packet.nsec));
    const underWay = this.#truth.filter(({ request, asked, answered }) =>
      ports.includes(Number(request.Port)) && comparable(asked) <= time && time <= comparable(answered)
    );
    const { lines } = replay(packets.filter((_, i) => i !== at), rules);
    const more = this.#truth.length - lines.length - underWay.length;
    const most = protocol === "redis" ? RESYNCHRONISING_MODES : RESYNCHRONISING;
    assert.ok(more <= most, `packet ${at} lost costs ${more} round trips besides ${underWay.length} under way`);
  }

  /** Many copies of the conversation at once: each gives what one gives. */
  crowd(copies: number, seed: number): void {
    const { rules, packets } = this.#case;
    const { lines } = replay(crowd(packets, copies, seed), rules);
    const withoutHosts = (line: string) => pairOf(line).timeless.replaceAll(/"Host":"[^"]*"/g, "");
    const expected = this.#truth.map(({ line }) => withoutHosts(line)).sort();
    const found = lines.map(withoutHosts).sort();
    assert.equal(found.length, copies * expected.length, `${this.#case.claim} ${copies} times, seed ${seed}`);
    found.forEach((line, i) => assert.equal(line, expected[Math.trunc(i / copies)], this.#case.claim));
  }

  #replay(packets: Packet[]): string[] {
    const { lines, ledger } = replay(packets, this.#case.rules);
    for (const account of ledger.protocols.values()) {
      assert.ok(account.balanced() && account.pending === 0, `does not add up: ${JSON.stringify(account)}`);
    }
    return lines;
  }

  #harmless(packets: Packet[], name: string): void {
    if (!this.#isWhole) return this.#loss(packets, name);
    const found = this.#replay(packets).map((line) => pairOf(line).timeless);
    const missing = without(this.#timeless, found), more = without(found, this.#timeless);
    const first = [...missing.slice(0, 1), ...more.slice(0, 1)].join(" and not ");
    assert.ok(missing.length + more.length === 0, `${missing.length} lines missing, ${more.length} new: ${first}`);
  }

  #loss(packets: Packet[], name: string): void {
    const found = this.#replay(packets).map(pairOf);
    if (`${this.#case.protocol}/${this.#case.claim}` === AMBIGUOUS) return;
    for (const pair of found) {
      const isTrue = this.#known.has(pair.timeless) ||
        this.#truth.some(({ request, response }) => agrees(pair.request, request) && agrees(pair.response, response));
      assert.ok(isTrue, `a wrong pair: ${pair.line}`);
    }
    const twice = without(found.map(({ timeless }) => timeless), this.#timeless).filter((line) =>
      this.#known.has(line)
    );
    assert.ok(twice.length === 0, `more often than asked: ${twice[0]}`);
    if (!movesTimes.has(name)) {
      for (const pair of found) {
        this.#sameTimes(pair);
      }
    }
  }

  /** Equal requests are told apart by their times: those of request and response must not be of different pairs. */
  #sameTimes(found: Pair): void {
    const asked = this.#truth.filter(({ from, asked }) => from === found.from && asked === found.asked);
    const answered = this.#truth.filter(({ from, answered }) => from === found.from && answered === found.answered);
    const isMixed = asked.length > 0 && answered.length > 0 && !asked.some((pair) => answered.includes(pair));
    assert.ok(!isMixed, `the request of one pair with the response of another: ${found.line}`);
  }
}
