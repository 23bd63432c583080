/** `/watch`: the round trips from now on, as they come. */
import { parseDuration } from "../core/duration.ts";
import { printable, shortened } from "../export/printable.ts";
import type { CompileWhere } from "../export/watched_lines.ts";
import { type Exchange, TEXT_TYPE } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import type { Observed } from "./observed.ts";
import { type WatchOptions, WatchStream } from "./watch_stream.ts";

const PARAMETERS = ["max_message", "timeout", "where", "format"];
const DEFAULT_MESSAGES = 100;
const DEFAULT_TIMEOUT_NS = 5e9;

export class Watch {
  readonly #observed: Observed;
  readonly #limits: Limits;
  readonly #compileWhere: CompileWhere;
  readonly #streams = new Set<WatchStream>();

  constructor(observed: Observed, limits: Limits, compileWhere: CompileWhere) {
    this.#observed = observed;
    this.#limits = limits;
    this.#compileWhere = compileWhere;
  }

  async answer(exchange: Exchange): Promise<void> {
    const options = this.#optionsOf(exchange.target.query);
    if (typeof options === "string") return exchange.text(400, options + "\n");
    if (this.#streams.size >= this.#limits.watchers) {
      return exchange.refuse(503, "watchers beyond the ceiling", `${this.#streams.size} clients watch already`);
    }
    exchange.begin(200, { "Content-Type": TEXT_TYPE });
    const stream = new WatchStream(exchange, options, this.#observed, this.#limits);
    exchange.onTimeout = () => void stream.expire();
    exchange.onHangUp = () => exchange.drop();
    this.#streams.add(stream);
    await exchange.closed;
    this.#streams.delete(stream);
    stream.finish();
  }

  /** Ends every stream, after what waits in it. */
  close(): void {
    for (const stream of this.#streams) void stream.expire();
  }

  /** What the client wants, or what is wrong with it. What is no number or duration means the default, as ever. */
  #optionsOf(query: URLSearchParams): WatchOptions | string {
    const stranger = [...query.keys()].find((name) => !PARAMETERS.includes(name));
    if (stranger !== undefined) {
      return `there is no parameter (${quoted(stranger)}) of /watch; there are ${PARAMETERS.join(", ")}`;
    }
    const format = query.get("format") ?? "json";
    if (format !== "json" && format !== "text") {
      return `there is no format (${quoted(format)}); there are json and text`;
    }
    const text = query.get("max_message") ?? "";
    const maxMessages = /^[+]?\d+$/.test(text) ? Number(text) : 0;
    const timeoutNs = parseDuration(query.get("timeout") ?? "") ?? 0;
    const where = query.get("where") ?? "";
    try {
      if (where.trim() !== "") this.#compileWhere(where);
      return {
        wish: { where, format },
        maxMessages: maxMessages > 0 ? maxMessages : DEFAULT_MESSAGES,
        timeoutNs: timeoutNs > 0 ? timeoutNs : DEFAULT_TIMEOUT_NS,
      };
    } catch (error) {
      return `where: ${(error as Error).message}`;
    }
  }
}

/** What a client sent, made fit for a sentence. */
function quoted(text: string): string {
  return shortened(printable(text), 60);
}
