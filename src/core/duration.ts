/** Durations as people write them: Go's notation (https://pkg.go.dev/time#ParseDuration), or a bare number of seconds. */

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  "\u00b5s": 1e3, // micro sign
  "\u03bcs": 1e3, // Greek mu
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** The longest duration that Go can hold, about 292 years. */
const LONGEST_NS = 2 ** 63;

/** Nanoseconds of `300ms`, `1.5h`, `1m30s`, `-2s` or `45` (seconds); undefined for what is no duration. */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = /^[+-]/.test(text) ? text.slice(1) : text;
  const bare = /^(\d+\.?\d*|\.\d+)$/.test(body);
  const parts = bare ? [[body, body, "s"]] : [...body.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gy)];
  let ns = 0;
  let read = 0;
  for (const [whole, number, unit] of parts) {
    ns += Number(number) * UNITS[unit];
    read += whole.length;
  }
  if (read !== body.length || read === 0 || ns >= LONGEST_NS) return undefined;
  return ns === 0 ? 0 : sign * Math.round(ns);
}
