/**
 * Round trips for people, one aligned line each:
 *
 *     16:26:32.749  10.0.0.1:40000  10.0.0.2:80  http  GET /index.html  200 OK  612B  1.94ms
 *
 * Whatever came out of a packet passes through `printable`: a packet must not speak to the reader's terminal.
 */
import type { Endpoint } from "../core/flow.ts";
import type { JsonWriter } from "../core/json.ts";
import type { Rendering } from "../core/protocol.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import { durationText } from "../core/time.ts";
import type { LineFormat } from "./line_sink.ts";
import { printable, shortened } from "./printable.ts";

/** The most that one line shows of what was asked, and of what came of it. */
const ASKED_WIDTH = 100;
const RESULT_WIDTH = 40;
/** Columns grow with what they hold, from these widths and up to the second ones. */
const FIRST_WIDTHS = [21, 21, 4, 24, 9, 6, 7];
const LAST_WIDTHS = [47, 47, 10, 60, 24, 8, 12];

const RED = "\x1b[31m", GREEN = "\x1b[32m", YELLOW = "\x1b[33m", CYAN = "\x1b[36m", DIM = "\x1b[2m", RESET = "\x1b[0m";

export class TextLines implements LineFormat {
  readonly #rendering: Rendering;
  readonly #colour: boolean;
  readonly #widths = [...FIRST_WIDTHS];

  /** @param colour for a terminal only */
  constructor(rendering: Rendering, colour: boolean) {
    this.#rendering = rendering;
    this.#colour = colour;
  }

  write(roundTrip: RoundTrip, line: JsonWriter): void {
    const { protocol, flow, answered } = roundTrip;
    const asker = roundTrip.fromServer ? flow.server : flow.client;
    const answerer = roundTrip.fromServer ? flow.client : flow.server;
    const failed = answered && protocol.failed(roundTrip);
    const asked = shortened(printable(protocol.asked(roundTrip, this.#rendering)), ASKED_WIDTH);
    const result = answered ? shortened(printable(protocol.result(roundTrip)), RESULT_WIDTH) : "no answer";
    line.utf8(
      this.#painted(DIM, clockText(roundTrip.requestSec, roundTrip.requestNsec)) + "  " +
        this.#left(0, endpointText(asker)) + "  " +
        this.#left(1, endpointText(answerer)) + "  " +
        this.#painted(CYAN, this.#left(2, protocol.name)) + "  " +
        this.#left(3, asked) + "  " +
        this.#painted(failed ? RED : answered ? GREEN : YELLOW, this.#left(4, result)) + "  " +
        this.#right(5, answered ? bytesText(roundTrip.responseBytes) : "-") + "  " +
        this.#right(6, answered ? roundedDurationText(roundTrip.durationNs) : "-") + "\n",
    );
  }

  #left(column: number, text: string): string {
    return text.padEnd(this.#grow(column, text.length));
  }

  #right(column: number, text: string): string {
    return text.padStart(this.#grow(column, text.length));
  }

  #grow(column: number, length: number): number {
    const width = Math.max(this.#widths[column], Math.min(length, LAST_WIDTHS[column]));
    this.#widths[column] = width;
    return width;
  }

  #painted(colour: string, text: string): string {
    return this.#colour ? colour + text + RESET : text;
  }
}

/** Time of day in the local zone, to the millisecond. */
function clockText(sec: number, nsec: number): string {
  const date = new Date(sec * 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const millis = String(Math.trunc(nsec / 1e6)).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

/** Address and port: `10.0.0.2:80`, `[2001:db8::2]:80`. */
export function endpointText(endpoint: Endpoint): string {
  const host = endpoint.host;
  return host.includes(":") ? `[${host}]:${endpoint.port}` : `${host}:${endpoint.port}`;
}

/** A number of bytes with three digits or so: `612B`, `1.2kB`, `34MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes}B`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return (value < 9.95 ? value.toFixed(1) : value.toFixed(0)) + units[unit];
}

/** A duration to three digits: nobody reads more of them in a table. */
export function roundedDurationText(ns: number): string {
  const step = ns < 1000 ? 1 : 10 ** (Math.floor(Math.log10(ns)) - 2);
  return durationText(Math.round(ns / step) * step);
}
