/** Which of two forms of metrics a client prefers (RFC 9110, section 12.5.1). */

const OPENMETRICS = ["application", "openmetrics-text"] as const;
const TEXT = ["text", "plain"] as const;
/** The version of OpenMetrics that is written. */
const OPENMETRICS_VERSION = "1.0.0";
/** The version of Prometheus' text that is written. */
const TEXT_VERSION = "0.0.4";

export const OPENMETRICS_TYPE = `application/openmetrics-text; version=${OPENMETRICS_VERSION}; charset=utf-8`;

/** How much a client wants a type: its weight, then how exactly it names the type, then how early. */
type Preference = readonly [weight: number, exactness: number, position: number];

/** Whether the `Accept` header prefers OpenMetrics to plain text. What accepts neither, or both alike, gets plain text. */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const ranges = accept.split(",").map(parseRange);
  const openMetrics = preferenceOf(ranges, OPENMETRICS, OPENMETRICS_VERSION);
  const text = preferenceOf(ranges, TEXT, TEXT_VERSION);
  if (openMetrics[0] === 0) return false;
  const difference = openMetrics.map((value, i) => value - text[i]).find((value) => value !== 0);
  return difference !== undefined && difference > 0;
}

interface Range {
  readonly type: string;
  readonly subtype: string;
  readonly version: string | undefined;
  readonly weight: number;
}

function parseRange(text: string): Range {
  const [media, ...rest] = text.split(";").map((part) => part.trim().toLowerCase());
  const [type, subtype = ""] = media.split("/");
  const parameters = new Map(rest.map((parameter) => {
    const [name, value = ""] = parameter.split("=");
    return [name.trim(), value.trim().replace(/^"(.*)"$/, "$1")];
  }));
  const weight = Number(parameters.get("q") ?? 1);
  return { type, subtype, version: parameters.get("version"), weight: weight >= 0 && weight <= 1 ? weight : 0 };
}

/** The most exact range that covers a type decides. */
function preferenceOf(
  ranges: readonly Range[],
  [type, subtype]: readonly [string, string],
  version: string,
): Preference {
  let best: Preference = [0, -1, 0];
  ranges.forEach((range, i) => {
    const exactness = range.type === type && range.subtype === subtype
      ? 2
      : range.type === type && range.subtype === "*"
      ? 1
      : range.type === "*" && range.subtype === "*"
      ? 0
      : -1;
    const fits = exactness >= 0 && (range.version === undefined || range.version === version);
    if (fits && exactness > best[1]) best = [range.weight, exactness, -i];
  });
  return best;
}
