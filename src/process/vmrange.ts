/**
 * The ranges of VictoriaMetrics' histograms: 18 for each decade from 1e-9 to 1e18, one below and one above
 * (https://docs.victoriametrics.com/victoriametrics/keyconcepts/#histogram).
 */

const PER_DECADE = 18;
const FIRST_EXPONENT = -9;
const LAST_EXPONENT = 18;
const BETWEEN = PER_DECADE * (LAST_EXPONENT - FIRST_EXPONENT);

/** Number of the range of a value, from 0 up. A value on the boundary of two ranges lies in the lower one. */
export function rangeOf(value: number): number {
  const position = (Math.log10(value) - FIRST_EXPONENT) * PER_DECADE;
  if (position < 0) return 0;
  if (position >= BETWEEN) return BETWEEN + 1;
  const index = Math.trunc(position);
  return index === position && index > 0 ? index : index + 1;
}

/** Values of the label `vmrange` by number of the range. */
export const rangeTexts: readonly string[] = texts();

function texts(): string[] {
  const step = 10 ** (1 / PER_DECADE);
  let boundary = 10 ** FIRST_EXPONENT;
  let from = boundaryText(boundary);
  const all = [`0...${from}`];
  for (let i = 0; i < BETWEEN; i++) {
    boundary *= step; // multiplied again and again, as those do who made the texts
    const to = boundaryText(boundary);
    all.push(`${from}...${to}`);
    from = to;
  }
  return [...all, `${from}...+Inf`];
}

/** Four significant digits and two of the exponent: `1.136e-09`. */
function boundaryText(value: number): string {
  const [digits, exponent] = value.toExponential(3).split("e");
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}
