/** The flags of `packetd stats` as values: every text is checked here, before anything is opened. */
import { parseDuration } from "../core/duration.ts";
import { checkSort } from "../stats/columns.ts";
import { type Dimension, dimensionsOf } from "../stats/dimensions.ts";
import { type CaptureOptions, captureOptions } from "./capture_options.ts";
import { UsageError } from "./errors.ts";
import { Flags } from "./flags.ts";
import type { Moment } from "./time_range.ts";

export interface StatsOptions extends CaptureOptions {
  readonly by: readonly Dimension[];
  /** A column or a dimension. */
  readonly sort: string;
  /** Infinity for all. */
  readonly top: number;
  readonly intervalNs: number;
  /** Infinity for all since the start. */
  readonly windowNs: number;
  readonly format: "table" | "json" | "csv";
  readonly once: boolean;
  readonly from: Moment | undefined;
  readonly to: Moment | undefined;
  /** Path of another capture; empty for none. */
  readonly compare: string;
}

const INTERVAL_NS = 2e9;

/** @throws UsageError that names the flag, its value, and what is allowed */
export function statsOptions(given: Record<string, unknown>): StatsOptions {
  const flags = new Flags(given);
  const capture = captureOptions(flags);
  const by = named("by", flags.given("by") ?? "protocol,endpoint", dimensionsOf);
  const sort = flags.given("sort") ?? "total";
  named("sort", sort, (name) => checkSort(name, by));
  checkSources(flags, capture.file);
  return {
    ...capture,
    by,
    sort,
    top: flags.whole("a whole number", Infinity, "top"),
    intervalNs: flags.duration("interval", INTERVAL_NS),
    windowNs: flags.duration("window", Infinity),
    format: flags.choice("format", ["table", "json", "csv"]),
    once: flags.isOn("once"),
    from: moment(flags, "from"),
    to: moment(flags, "to"),
    compare: flags.text("compare"),
  };
}

/** Flags that fit some sources only. */
function checkSources(flags: Flags, file: string): void {
  const isFile = file !== "" && file !== "-";
  if (isFile && flags.text("interval") !== "") {
    throw new UsageError(`--interval ${flags.text("interval")} is for what still goes on: a file gives one table`);
  }
  for (const name of ["from", "to"]) {
    if (file === "" && flags.text(name) !== "") throw new UsageError(`--${name} is for captures: it needs --pcap.file`);
  }
  const compare = flags.text("compare");
  if (compare !== "" && !isFile) {
    throw new UsageError(`--compare ${compare} needs --pcap.file, what it is compared with`);
  }
}

function named<T>(flag: string, text: string, make: (text: string) => T): T {
  try {
    return make(text);
  } catch (error) {
    throw new UsageError(`--${flag} '${text}': ${(error as Error).message}`);
  }
}

/** RFC 3339, or a duration since the first packet. */
function moment(flags: Flags, name: string): Moment | undefined {
  const text = flags.text(name);
  if (text === "") return undefined;
  const afterNs = parseDuration(text);
  if (afterNs !== undefined && afterNs >= 0) return { afterSec: afterNs / 1e9 };
  const isTime = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?$/.test(text);
  const millis = isTime ? Date.parse(text.replace(" ", "T")) : NaN;
  if (Number.isNaN(millis)) {
    throw new UsageError(
      `--${name} '${text}' is no time; write 2023-11-14T22:13:20Z, or 30s for so long after the first packet`,
    );
  }
  return { atSec: millis / 1000 };
}
