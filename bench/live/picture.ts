/**
 * Draws loss against load as SVG. To the right: packets a second, in doublings. In the upper panel the share of packets
 * that is lost, by its logarithm; in the lower one the share of its processor that the observer takes.
 */
import { type Curve, FIRST_RATE, type Point } from "./curve.ts";

const WIDTH = 720, LEFT = 80, RIGHT = 20, PANEL = 190, TOP = 30, BETWEEN = 50, BOTTOM = 60;
const HEIGHT = TOP + PANEL + BETWEEN + PANEL + BOTTOM;
/** Lost shares with a line of their own; what is below the least lies on the axis. */
const LOSSES = [1e-4, 1e-3, 1e-2, 1e-1, 1];
const BUSY = [0, 0.25, 0.5, 0.75, 1];
const COLOURS = ["#777777", "#0072b2", "#009e73", "#d55e00", "#cc79a7"];
const MARK = 4, LINE = 18;

/** What is drawn of a point, from 0 at the axis to 1 at the top. */
interface Panel {
  readonly title: string;
  readonly top: number;
  readonly lines: readonly (readonly [height: number, label: string])[];
  height(point: Point): number;
}

const logarithmic = (loss: number) => 1 + Math.log10(Math.max(loss, LOSSES[0])) / -Math.log10(LOSSES[0]);

const panels: readonly Panel[] = [{
  title: "packets lost",
  top: TOP,
  lines: LOSSES.map((loss) => [logarithmic(loss), loss === LOSSES[0] ? "none" : `${loss * 100} %`]),
  height: ({ lostShare }) => logarithmic(lostShare),
}, {
  title: "processor busy",
  top: TOP + PANEL + BETWEEN,
  lines: BUSY.map((share) => [share, `${share * 100} %`]),
  height: ({ perSecond, cpuPerPacket }) => Math.min(1, perSecond * cpuPerPacket),
}];

export function picture(curves: readonly Curve[]): string {
  const most = Math.max(...curves.flatMap(({ points }) => points.map(({ perSecond }) => perSecond)));
  const x = (rate: number) => LEFT + (WIDTH - LEFT - RIGHT) * Math.log(rate / FIRST_RATE) / Math.log(most / FIRST_RATE);
  const ticks: number[] = [];
  for (let rate = FIRST_RATE; rate <= most; rate *= 2) ticks.push(rate);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Loss against load</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
${panels.map((panel) => drawn(panel, curves, ticks, x)).join("\n")}
${ticks.map((rate) => text(x(rate), HEIGHT - BOTTOM + 18, `${rate / 1000}k`, "middle")).join("\n")}
${text(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 16, "packets a second offered", "middle")}
${
    curves.map(({ name }, i) =>
      circle(LEFT + 20, TOP + LINE * (i + 1), i) + text(LEFT + 30, TOP + LINE * (i + 1) + 4, name, "start")
    ).join("\n")
  }
</svg>
`;
}

function drawn(
  { title, top, lines, height }: Panel,
  curves: readonly Curve[],
  ticks: readonly number[],
  x: Scale,
): string {
  const y = (share: number) => top + PANEL * (1 - share);
  return [
    text(LEFT, top - 10, title, "start"),
    ...lines.map(([share, label]) =>
      line(`M${LEFT} ${rounded(y(share))}H${WIDTH - RIGHT}`) + text(LEFT - 8, y(share) + 4, label, "end")
    ),
    ...ticks.map((rate) => line(`M${rounded(x(rate))} ${top}V${top + PANEL}`)),
    ...curves.map(({ points }, i) => {
      const places = points.map((point) => [Math.max(LEFT, x(point.perSecond)), y(height(point))]);
      const path = places.map((place) => place.map(rounded).join(",")).join(" ");
      return `<polyline points="${path}" fill="none" stroke="${COLOURS[i % COLOURS.length]}"/>` +
        places.map(([across, down]) => circle(across, down, i)).join("");
    }),
  ].join("\n");
}

type Scale = (value: number) => number;

function line(path: string): string {
  return `<path d="${path}" stroke="#dddddd"/>`;
}

function circle(x: number, y: number, colour: number): string {
  return `<circle cx="${rounded(x)}" cy="${rounded(y)}" r="${MARK}" fill="${COLOURS[colour % COLOURS.length]}"/>`;
}

function text(x: number, y: number, content: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" text-anchor="${anchor}">${content}</text>`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
