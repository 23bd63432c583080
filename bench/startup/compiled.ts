/**
 * What the start of the binary costs: `--version` beside a compiled program that does nothing, `--help` beside one that
 * only imports the library of the command line. In pairs, one after another, so that all of them meet the same machine.
 */
import { compared, measure, type Measured, median } from "../measure.ts";
import { type Row, skipped } from "../table.ts";

const RUNS = 40;
/** The first run writes V8's cache of compiled code, which the next ones read. */
const WARM_RUNS = 2;
const root = new URL("../../", import.meta.url);

/** Programs to start: their source, a file of ours or text. */
const EMPTY = "";
const LIBRARY_ONLY = `import "${new URL("src/cli/commander.ts", root)}";`;

export async function startup(folder: string): Promise<Row[]> {
  await Deno.writeTextFile(`${folder}/empty.ts`, EMPTY);
  await Deno.writeTextFile(`${folder}/library.ts`, LIBRARY_ONLY);
  const packetd = `${folder}/packetd`, empty = `${folder}/empty`, library = `${folder}/library`;
  try {
    await compile(new URL("main.ts", root).pathname, packetd);
    await compile(`${folder}/empty.ts`, empty);
    await compile(`${folder}/library.ts`, library);
  } catch (error) {
    const [why] = (error as Error).message.split("\n");
    return [skipped("startup", `${why}; DENORT_BIN can name the runtime for deno compile`)];
  }
  return [
    row("--version", await paired(folder, [packetd, "--version"], [empty]), "an empty program"),
    row("--help", await paired(folder, [packetd, "--help"], [library]), "the command-line library alone"),
  ];
}

/** @throws where there is no runtime to put under the program */
async function compile(source: string, output: string): Promise<void> {
  const lock = `--lock=${new URL("deno.lock", root).pathname}`;
  await measure(Deno.execPath(), ["compile", "--quiet", "--no-check", lock, "--output", output, source]);
}

type Pair = readonly [ours: Measured, rivals: Measured];

async function paired(folder: string, ours: readonly string[], rivals: readonly string[]): Promise<Pair[]> {
  // The cache of a program lies in the folder for temporary files, under the program's name.
  const start = ([command, ...args]: readonly string[]) => measure(command, args, { TMPDIR: folder });
  const pairs: Pair[] = [];
  for (let i = 0; i < WARM_RUNS + RUNS; i++) {
    const pair = [await start(ours), await start(rivals)] as const;
    if (i >= WARM_RUNS) pairs.push(pair);
  }
  return pairs;
}

function row(name: string, pairs: readonly Pair[], rival: string): Row {
  const [ours, rivals] = [pairs.map(([own]) => own), pairs.map(([, other]) => other)];
  const wall = (measured: readonly Measured[]) => measured.map(({ wallSeconds }) => wallSeconds);
  const cpu = (measured: readonly Measured[]) => measured.map(({ cpuSeconds }) => cpuSeconds);
  const ms = (measured: readonly Measured[]) => `${(median(wall(measured)) * 1000).toFixed(0)} ms`;
  return {
    group: "startup",
    name,
    figure: `${ms(ours)}, CPU ${compared(cpu(ours), cpu(rivals)).ratio.toFixed(2)} x`,
    ...compared(wall(ours), wall(rivals)),
    rival: `${rival} (${ms(rivals)})`,
  };
}
