/**
 * `deno task screenshot`: the screen of `packetd stats` in a real terminal, over real servers and clients, as the picture
 * in README.md. Takes a minute; needs root, tmux and what the shop is made of.
 */
import { installLine, missingPackages } from "../live/programs.ts";
import { pause, say, Stage } from "../live/stage.ts";
import { Tmux } from "../tools/tmux.ts";
import { PROGRAMS, shopOf } from "./shop.ts";
import { svgOf } from "./svg.ts";

const COLUMNS = 110, ROWS = 20;
/** As long as the sparklines reach back. */
const LOAD_MS = 65_000;
const ROOT = new URL("../../", import.meta.url).pathname;
const PICTURE = new URL("../../static/stats.svg", import.meta.url);

async function main(): Promise<number> {
  const missing = await missingPackages(PROGRAMS);
  if (missing.length > 0) {
    say(`screenshot: programs are missing; on Debian: ${installLine(missing)}`);
    return 1;
  }
  const stage = await Stage.open("screenshot");
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => void stage.remove().then(() => Deno.exit(130))); // as a shell reports it
  }
  try {
    const shop = await shopOf(stage);
    const packetd = Deno.env.get("PACKETD") ??
      `${Deno.execPath()} run --quiet --lock=deno.lock --allow-ffi --allow-read main.ts`;
    const flags = [...shop.rules.map((rule) => `--proto '${rule}'`), "--ifaces lo"].join(" ");
    const tmux = new Tmux();
    stage.atEnd(() => tmux[Symbol.asyncDispose]());
    await tmux.start(COLUMNS, ROWS, `cd '${ROOT}'; ${packetd} stats ${flags}`);
    await tmux.until(/q quit/);
    await shop.open();
    await pause(LOAD_MS);
    await Deno.writeTextFile(PICTURE, svgOf(await tmux.screenAsShown(), COLUMNS, ROWS));
    say(await tmux.screen());
  } finally {
    await stage.remove();
  }
  return 0;
}

Deno.exit(await main());
