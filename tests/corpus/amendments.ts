/** Where the truth is known to be wrong: `amendments.json`, each with its cause. The bytes of the captures decided. */
import list from "./amendments.json" with { type: "json" };
import type { Row } from "./truth.ts";
import type { Known } from "./transaction.ts";

/** A response that the truth does not know of; without a frame: the truth gives a request one that has none. */
interface Inserted {
  /** The frame of the request. Its responses from here on belong each to the next request of their connection. */
  readonly request: number;
  readonly response?: number;
  readonly status?: string;
}

interface Amendment {
  readonly capture: string;
  readonly protocol: string;
  /** Of servers, instead of those that the truth has. */
  readonly ports?: readonly number[];
  readonly inserted?: readonly Inserted[];
  /** Keys of transactions that the truth lacks, and of such that may be printed. */
  readonly added?: readonly (readonly string[])[];
  readonly optional?: readonly (readonly string[])[];
  readonly cause: string;
}

/** What is known to be wrong of a capture in a protocol. */
export class Amendments {
  readonly #own: readonly Amendment[];

  constructor(capture: string, protocol: string, all: readonly Amendment[] = list) {
    this.#own = all.filter((one) => one.capture === capture && one.protocol === protocol);
  }

  get ports(): readonly number[] | undefined {
    return this.#own.find(({ ports }) => ports !== undefined)?.ports;
  }

  /** The rows with all responses where they belong. */
  rows(rows: readonly Row[]): Row[] {
    return this.#own.flatMap(({ inserted = [] }) => inserted).reduce(insert, [...rows]);
  }

  /** What the truth lacks. */
  get added(): Known[] {
    const unplaced = { details: {}, requestFrame: 0, responseFrame: 0, stream: "" };
    return this.#own.flatMap(({ added = [], optional = [] }) => [
      ...added.map((key) => ({ ...unplaced, key, isOptional: false })),
      ...optional.map((key) => ({ ...unplaced, key, isOptional: true })),
    ]);
  }
}

function insert(rows: readonly Row[], { request, response, status }: Inserted): Row[] {
  const first = rows.findIndex(({ frame }) => frame === request);
  if (first < 0) throw new Error(`amendments.json names frame ${request}, but the truth has no request there`);
  let given: Pick<Row, "rsp_frame" | "status"> = { rsp_frame: response, status };
  return rows.map((row, i) => {
    if (i < first || row.stream !== rows[first].stream) return row;
    const { rsp_frame, status } = row;
    const moved = { ...row, ...given };
    given = { rsp_frame, status };
    return moved;
  });
}
