/** Where the round trips of `packetd log` go: standard output, a rotating file, both, or nowhere. */
import { JsonLines } from "../export/json_lines.ts";
import { type LineFormat, LineSink } from "../export/line_sink.ts";
import type { LineOutput } from "../export/output.ts";
import { RotatingFile } from "../export/rotating_file.ts";
import { StreamOutput } from "../export/stream_output.ts";
import { TextLines } from "../export/text_lines.ts";
import { atMost, type Stop } from "../lane/stop.ts";
import { Failure } from "./errors.ts";
import type { LogOptions } from "./log_options.ts";
import { log } from "./talk.ts";

/** How long a slow reader is waited for once a person wants the end. */
const GRACE_MS = 1000;

export class Outputs {
  readonly sinks: LineSink[] = [];
  readonly #all: LineOutput[] = [];
  readonly #console: StreamOutput | undefined;

  /**
   * @param live whether lines may be dropped rather than waited for
   * @throws Failure when the file cannot be opened
   */
  constructor(options: LogOptions, live: boolean) {
    if (options.format === "none") return;
    const file = options.logFile === "" ? undefined : openFile(options);
    if (options.console) {
      const limit = live ? undefined : Infinity;
      this.#console = new StreamOutput(
        Deno.stdout,
        () => log("WARN", "export", "the reader of standard output is too slow: lines are dropped, no packets"),
        limit,
      );
    }
    const colour = this.#console !== undefined && Deno.stdout.isTerminal() && !Deno.noColor;
    const groups = options.format === "text" && colour ? [[this.#console], [file]] : [[this.#console, file]];
    for (const group of groups) {
      const outputs = group.filter((output) => output !== undefined);
      if (outputs.length === 0) continue;
      this.sinks.push(new LineSink(formatOf(options, colour && outputs.includes(this.#console!)), outputs));
      this.#all.push(...outputs);
    }
  }

  get lostLines(): number {
    return this.#all.reduce((sum, output) => sum + output.lostLines, 0);
  }

  /** True once nobody is left who reads. */
  get abandoned(): boolean {
    return this.#all.length > 0 && this.#all.every((output) => output.closed);
  }

  /** What made standard output fail, other than a reader that went away. */
  get failure(): Error | undefined {
    return this.#console?.failure;
  }

  flush(): void {
    for (const sink of this.sinks) sink.flush();
  }

  /** Waits until the readers have caught up. */
  async ready(stop: Stop): Promise<void> {
    for (const output of this.#all) await stop.or(output.ready());
  }

  /** Everything leaves, for as long as it takes, unless a person wants the end. */
  async close(stop: Stop): Promise<void> {
    this.flush();
    const drained = Promise.all(this.#all.map((output) => output.drained())).then(() => {});
    await stop.or(drained);
    if (stop.interrupted) await atMost(GRACE_MS, drained);
    for (const output of this.#all) output.close();
  }
}

function formatOf(options: LogOptions, colour: boolean): LineFormat {
  return options.format === "text" ? new TextLines(options, colour) : new JsonLines(options);
}

function openFile({ logFile, rotation }: LogOptions): RotatingFile {
  try {
    return new RotatingFile(logFile, rotation, (message) => log("WARN", "export", message));
  } catch (error) {
    throw new Failure(`--log.file '${logFile}' cannot be opened for writing: ${(error as Error).message}`);
  }
}
