/** Reading a configuration: what is wrong with it is gathered here, all of it. */

/** What is not as it should be. */
export interface Problem {
  /** Line of the file, the first is 1. */
  readonly line: number;
  /** The key, such as `sniffer.protocols.rules[0].ports[1]`; empty for what concerns the file as a whole. */
  readonly key: string;
  /** What is wrong with it, and the way out. */
  readonly message: string;
  /** A warning does no harm: the configuration can be used. */
  readonly severity: "error" | "warning";
}

/** What only other parts of the program know. Each gives what is wrong with a text; undefined when it is right. */
export interface Checks {
  /** An expression that chooses round trips. */
  readonly checkExpression?: (text: string) => string | undefined;
  /** A BPF expression. */
  readonly checkFilter?: (text: string) => string | undefined;
}

/** More than these are not told: they follow from the first ones, or the file is something else. */
const MAX_PROBLEMS = 100;

export class Reading {
  readonly #problems: Problem[] = [];
  #untold = 0;
  #untoldErrors = 0;

  /** @param lenient errors that can be left out are warnings */
  constructor(readonly checks: Checks, readonly lenient: boolean) {}

  /** Nothing can be made of the file as long as this is so. */
  refuse(line: number, key: string, message: string): void {
    this.#add({ line, key, message, severity: "error" });
  }

  /** This cannot be used. @param instead what is done where it is left out, as a lenient reader does */
  error(line: number, key: string, message: string, instead = "ignored"): void {
    if (this.lenient) this.#add({ line, key, message: `${message}; ${instead}`, severity: "warning" });
    else this.refuse(line, key, message);
  }

  warn(line: number, key: string, message: string): void {
    this.#add({ line, key, message, severity: "warning" });
  }

  #add(problem: Problem): void {
    if (this.#problems.length < MAX_PROBLEMS) {
      this.#problems.push(problem);
    } else {
      this.#untold++;
      if (problem.severity === "error") this.#untoldErrors++;
    }
  }

  get hasErrors(): boolean {
    return this.#untoldErrors > 0 || this.#problems.some(({ severity }) => severity === "error");
  }

  /** All of them, by line. */
  problems(): Problem[] {
    const sorted = this.#problems.toSorted((a, b) => a.line - b.line);
    if (this.#untold === 0) return sorted;
    const severity = this.#untoldErrors > 0 ? "error" : "warning";
    const message = `${this.#untold} more problems are not shown`;
    return [...sorted, { line: sorted.at(-1)!.line, key: "", message, severity }];
  }
}

/** A value for a message: on one line, and not too long. */
export function quoted(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length <= 100 ? `'${line}'` : `'${[...line.slice(0, 98)].slice(0, -1).join("")}…'`;
}
