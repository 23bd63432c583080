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
  const isChosen = (name: string) => names.length === 0 || names.some((start) => name.startsWith(start));
  const chosen = all.filter(({ name }) => isChosen(name));
  if (chosen.length === 0) throw new Error(`no capture in ${folder.path} begins with ${names.join(" or ")}`);
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
  else await record(writeScores(scoresOf(results)), page(results, all.length), isWriting);
  faults.push(...worsened(results, readScores(await Deno.readTextFile(SCORES)), names.length === 0));
  for (const { capture, protocol } of unexplained(results)) {
    faults.push(`${capture} ${protocol} differs, and differences.json does not say why`);
  }
  for (const { capture, protocol } of outdated(results)) {
    console.error(`corpus: ${capture} ${protocol} does not differ any more: differences.json need not explain it`);
  }
  for (const fault of faults) console.error(`corpus: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

/** Writes the record, or says that it is another. */
async function record(scores: string, text: string, isWriting: boolean): Promise<void> {
  if (isWriting) {
    await Deno.writeTextFile(SCORES, scores);
    await Deno.writeTextFile(PAGE, text);
  } else if (scores !== await Deno.readTextFile(SCORES) || text !== await Deno.readTextFile(PAGE)) {
    console.error("corpus: the results are other than those recorded; --write records them");
  }
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
