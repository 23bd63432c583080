/** The project's own cases, for who has no other captures: each must give its expected lines. */
import { readDifferently } from "../live/compare.ts";
import { claimsOf, loadCase, recordedProtocols } from "../tools/cases.ts";
import { replay } from "../tools/replay.ts";
import { Progress } from "./progress.ts";

/** Returns the exit status. */
export async function ownCases(): Promise<number> {
  const cases = recordedProtocols().flatMap((protocol) => claimsOf(protocol).map((claim) => ({ protocol, claim })));
  const progress = new Progress(cases.length), faults: string[] = [];
  let lines = 0;
  for (const { protocol, claim } of cases) {
    progress.next(`${protocol}/${claim}`);
    const { packets, rules, expected } = await loadCase(protocol, claim);
    const { lines: printed } = replay(packets, rules);
    faults.push(
      ...readDifferently(printed.join("\n"), expected.join("\n")).map((fault) => `${protocol}/${claim}: ${fault}`),
    );
    lines += expected.length;
  }
  progress.end();
  for (const fault of faults) console.error(`corpus: ${fault}`);
  console.log(`${cases.length - faults.length} of ${cases.length} cases are as expected, with ${lines} round trips`);
  return faults.length === 0 ? 0 : 1;
}
