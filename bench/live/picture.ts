/** Draws loss against load as SVG: packets a second, in doublings, to the right; the share that is lost upwards. */
import type { Curve, Point } from "./curve.ts";

const WIDTH = 720, HEIGHT = 400;
const LEFT = 70, RIGHT = 20, TOP = 20, BOTTOM = 60;
/** Loss is drawn by its logarithm too, from a hundredth of a percent on; what is below lies on the axis. */
const LEAST_LOSS = 1e-4;
const LOSSES = [1e-4, 1e-3, 1e-2, 1e-1, 1];
const COLOURS = ["#777777", "#0072b2", "#009e73", "#d55e00", "#cc79a7"];
const MARK = 4, LINE = 20;

export function picture(curves: readonly Curve[]): string {
  const rates = curves.flatMap(({ points }) => points.map(({ perSecond }) => perSecond));
  const least = Math.min(...rates), most = Math.max(...rates);
  const x = (rate: number) => LEFT + (WIDTH - LEFT - RIGHT) * Math.log(rate / least) / Math.log(most / least);
  const y = (loss: number) => {
    const height = Math.log(Math.max(loss, LEAST_LOSS) / LEAST_LOSS) / Math.log(1 / LEAST_LOSS);
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * height;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Loss against load</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${LOSSES.map((loss) => horizontal(y(loss), loss === LEAST_LOSS ? "0" : `${loss * 100} %`)).join("\n")}
${doublings(least, most).map((rate) => vertical(x(rate), `${rate / 1000}k`)).join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">packets a second offered</text>
<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">lost</text>
${curves.map((curve, i) => drawn(curve, COLOURS[i % COLOURS.length], LINE * i, x, y)).join("\n")}
</svg>
`;
}

function doublings(least: number, most: number): number[] {
  const rates: number[] = [];
  for (let rate = 25_000; rate <= most * 1.01; rate *= 2) if (rate >= least * 0.99) rates.push(rate);
  return rates;
}

function horizontal(y: number, label: string): string {
  return `<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" stroke="#dddddd"/>` +
    `<text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${label}</text>`;
}

function vertical(x: number, label: string): string {
  return `<path d="M${x} ${TOP}V${HEIGHT - BOTTOM}" stroke="#dddddd"/>` +
    `<text x="${x}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label}</text>`;
}

/** A curve with its marks, and its line of the legend. */
function drawn(
  { name, points }: Curve,
  colour: string,
  down: number,
  x: (rate: number) => number,
  y: (loss: number) => number,
): string {
  const at = points.map(({ perSecond, lostShare }: Point) => [x(perSecond), y(lostShare)].map((n) => n.toFixed(1)));
  const marks = at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="${MARK}" fill="${colour}"/>`).join("");
  const path = `<polyline points="${at.map((place) => place.join(",")).join(" ")}" fill="none" stroke="${colour}"/>`;
  const legend = `<circle cx="${LEFT + 20}" cy="${TOP + 20 + down}" r="${MARK}" fill="${colour}"/>` +
    `<text x="${LEFT + 32}" y="${TOP + 24 + down}">${name}</text>`;
  return path + marks + legend;
}
