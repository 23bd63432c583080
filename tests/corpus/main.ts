/**
 * `deno task corpus [--write] [CAPTURE...]`: packetd's round trips against an independent reading of captures.
 *
 * `PACKETD_CORPUS` names their folder (`index.tsv`, `files/`, `truth/`). Fails when a capture comes out worse than
 * `scores.tsv` has it, or differs without a cause in `differences.json`. `--write` writes both the scores and
 * `tests/corpus.md`; names (or their beginnings) choose captures and show what differs. A checkout without the folder
 * runs the project's own cases.
 */
import { Folder } from "./folder.ts";
import { ownCases } from "./own_cases.ts";
import { Progress } from "./progress.ts";
import { outdated, page, table, unexplained } from "./report.ts";
import { type Result, resultsOf } from "./results.ts";
import { readScores, type Scores, worse, writeScores } from "./score.ts";

const SCORES = new URL("scores.tsv", import.meta.url), PAGE = new URL("../corpus.md", import.meta.url);

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith("-"));
  const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--write");
  if (unknown !== undefined) {
    console.error(`corpus: there is no flag '${unknown}'; there is --write`);
    return 2;
  }
  const path = Deno.env.get("PACKETD_CORPUS") ?? "";
  if (path === "") {
    console.error("corpus: PACKETD_CORPUS names no folder of captures, so the project's own cases are run");
    return await ownCases();
  }
  return await compareAll(new Folder(path), names, args.includes("--write"));
}

async function compareAll(folder: Folder, names: readonly string[], isWriting: boolean): Promise<number> {
  const all = await folder.captures();
  const chosen = names.length === 0 ? all : all.filter(({ name }) => names.some((start) => name.startsWith(start)));
  const results: Result[] = [], faults: string[] = [];
  const progress = new Progress(chosen.length);
  for (const capture of chosen) {
    progress.next(capture.name);
    await resultsOf(folder, capture).then(
      (some) => results.push(...some),
      (error: Error) => faults.push(`${capture.name}: ${error.message}`),
    );
  }
  progress.end();
  console.log(table(results));
  if (names.length > 0) show(results);
  const isWhole = names.length === 0, scores = writeScores(scoresOf(results)), text = page(results, all.length);
  if (isWhole && isWriting) {
    await Deno.writeTextFile(SCORES, scores);
    await Deno.writeTextFile(PAGE, text);
  }
  const [recorded, written] = [await Deno.readTextFile(SCORES), await Deno.readTextFile(PAGE)];
  faults.push(...worsened(results, readScores(recorded), isWhole));
  if (isWhole && (scores !== recorded || text !== written)) {
    console.error("corpus: the results are other than those recorded; --write records them");
  }
  for (const { capture, protocol } of unexplained(results)) {
    faults.push(`${capture} ${protocol} differs, and differences.json does not say why`);
  }
  for (const { capture, protocol } of outdated(results)) {
    console.error(`corpus: ${capture} ${protocol} does not differ any more: differences.json need not explain it`);
  }
  for (const fault of faults) console.error(`corpus: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

function scoresOf(results: readonly Result[]): Scores {
  return new Map(results.map(({ capture, protocol, score }) => [`${capture} ${protocol}`, score]));
}

/** @param isWhole whether all captures were compared, so that a recorded one must be among them */
function worsened(results: readonly Result[], recorded: Scores, isWhole: boolean): string[] {
  const now = scoresOf(results), faults: string[] = [];
  for (const [name, score] of now) {
    const before = recorded.get(name);
    if (before !== undefined) faults.push(...worse(score, before).map((fault) => `${name} is worse: ${fault}`));
  }
  const gone = isWhole ? [...recorded.keys()].filter((name) => !now.has(name)) : [];
  return [...faults, ...gone.map((name) => `${name} is recorded, but was not compared`)];
}

function show(results: readonly Result[]): void {
  for (const { capture, protocol, differing } of results) {
    for (const line of differing) console.log(`${capture} ${protocol}: ${line}`);
  }
}

Deno.exit(
  await main(Deno.args).catch(({ message }: Error) => {
    console.error(`corpus: ${message}`);
    return 1;
  }),
);
