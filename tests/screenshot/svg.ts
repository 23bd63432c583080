/** What a terminal shows, as tmux's `capture-pane -e` tells it, as a picture: SVG, in which text stays text. */

/** Of a character, of the room between lines, and of the edge around all, in pixels. */
const WIDTH = 9, HEIGHT = 19, GAP = 2, EDGE = 12;
const INK = "#d8dee9", PAPER = "#1d2129", BRIGHT = "#ffffff";
/** `▁` to `█` (U+2581 to U+2588) fill their place from below by eighths; fonts do not agree on how wide they are. */
const FIRST_BLOCK = 0x2581, BLOCKS = /[\u2581-\u2588]/;

interface Look {
  bold: boolean;
  reverse: boolean;
}

/**
 * @param text lines with the escape sequences for bold and reversed text
 * @throws Error for other escape sequences
 */
export function svgOf(text: string, columns: number, rows: number): string {
  const width = columns * WIDTH + 2 * EDGE, height = rows * HEIGHT + 2 * EDGE;
  const look = { bold: false, reverse: false }; // goes on from line to line
  const shapes = text.split("\n").slice(0, rows).map((line, row) => lineOf(line, EDGE + row * HEIGHT, look));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>text { font: 15px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace } .bold { font-weight: bold }</style>
<rect width="${width}" height="${height}" rx="6" fill="${PAPER}"/>
<g shape-rendering="crispEdges">
${shapes.flat().join("\n")}
</g>
</svg>
`;
}

function lineOf(line: string, top: number, look: Look): string[] {
  const shapes: string[] = [];
  let column = 0;
  // deno-lint-ignore no-control-regex -- escape sequences begin with one
  for (const [part, codes] of line.matchAll(/\x1b\[([\d;]*)m|[\u2581-\u2588]|[^\x1b\u2581-\u2588]+|\x1b/g)) {
    if (part.startsWith("\x1b")) {
      change(look, codes);
      continue;
    }
    const left = EDGE + column * WIDTH, width = columnsOf(part) * WIDTH;
    const ink = look.reverse ? PAPER : look.bold ? BRIGHT : INK;
    if (look.reverse) shapes.push(rect(left, top, width, HEIGHT, INK));
    if (BLOCKS.test(part)) {
      const filled = (part.codePointAt(0)! - FIRST_BLOCK + 1) / 8 * (HEIGHT - GAP);
      shapes.push(rect(left, top + HEIGHT - filled, WIDTH, filled, ink));
    } else {
      for (const { 0: words, index } of part.matchAll(/\S+(?: \S+)*/g)) {
        shapes.push(textOf(words, left + columnsOf(part.slice(0, index)) * WIDTH, top + 0.75 * HEIGHT, ink, look.bold));
      }
    }
    column += columnsOf(part);
  }
  return shapes;
}

/** @param codes of "select graphic rendition" (ECMA-48, 8.3.117) */
function change(look: Look, codes: string | undefined): void {
  for (const code of (codes ?? "unknown").split(";")) {
    if (code === "" || code === "0") look.bold = look.reverse = false;
    else if (code === "1") look.bold = true;
    else if (code === "7") look.reverse = true;
    else if (code === "27") look.reverse = false;
    else if (code !== "39" && code !== "49") { // the usual colours, which are the only ones
      throw new Error(`the terminal shows what this picture cannot: escape sequence ${codes}`);
    }
  }
}

function columnsOf(text: string): number {
  return [...text].length; // nothing that packetd shows here is wider than one
}

function rect(left: number, top: number, width: number, height: number, ink: string): string {
  return `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${ink}"/>`;
}

/** Text takes the width of its columns, whichever font there is. */
function textOf(words: string, left: number, base: number, ink: string, bold: boolean): string {
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const place = `x="${left}" y="${base}" textLength="${columnsOf(words) * WIDTH}"`;
  return `<text ${place} fill="${ink}"${bold ? ' class="bold"' : ""}>${escaped}</text>`;
}
