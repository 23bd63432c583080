/** Client programs (`client.ts`) that tell what they did (`told.ts`). */
import { runClient } from "./client.ts";
import { differences, type Expected } from "./compare.ts";
import { type Line, microseconds } from "./lines.ts";
import type { Stage, Step } from "./harness.ts";
import { readTold, type Told } from "./told.ts";

/**
 * Runs a client program. Of each of its connections packetd must print what the client told, in that order, and nothing
 * else but what the driver adds by itself.
 *
 * @param program a module, from this folder on
 * @param args the server's port, and what the program is to do
 * @param adds parts of the requests that the driver makes unasked; each must be seen
 */
export function drives(
  stage: Stage,
  program: string,
  args: readonly string[],
  adds: readonly Expected["Request"][] = [],
): Step {
  const name = [program, ...args.slice(1)].join(" ");
  return {
    name: adds.length === 0 ? name : `${name}, besides ${adds.map((part) => JSON.stringify(part)).join(", ")}`,
    async run() {
      const told = readTold(await runClient(stage, program, args));
      return {
        expected: (lines) => unlikeTold(lines, told, adds),
        oneWay: sum(told, "oneWay"),
        pushed: sum(told, "pushed"),
      };
    },
  };
}

function sum(told: readonly Told[], what: "oneWay" | "pushed"): number {
  return told.reduce((total, one) => total + (one[what] ?? 0), 0);
}

function unlikeTold(lines: readonly Line[], told: readonly Told[], adds: readonly Expected["Request"][]): string[] {
  const asked = told.filter(({ Request }) => Request !== undefined);
  const names = [...new Set(asked.map(({ connection }) => connection))];
  const scripted = lines.filter((line) => !adds.some((part) => isLike(line, part)));
  // Who tells of one connection did one thing after another; its lines need not name the client's port.
  const ports = names.length === 1 ? [scripted] : byConnection(scripted);
  const faults = adds.filter((part) => !lines.some((line) => isLike(line, part)))
    .map((part) => `not seen: ${JSON.stringify(part)}`);
  for (let i = 0; i < Math.max(names.length, ports.length); i++) {
    const expected = asked.filter(({ connection }) => connection === names[i])
      .map(({ Request, Response }) => ({ Request, Response }) as Expected);
    const name = names[i] ?? "a connection that was not told of";
    faults.push(...differences(ports[i] ?? [], expected).map((fault) => `${name}: ${fault}`));
  }
  return faults;
}

function isLike(line: Line, part: Expected["Request"]): boolean {
  return differences([line], [{ Request: part, Response: line.Response === null ? null : {} }]).length === 0;
}

/** The lines of each connection, in the order in which the connections first asked something. */
function byConnection(lines: readonly Line[]): Line[][] {
  const inTime = lines.toSorted(({ Request: a }, { Request: b }) => microseconds(a.Time) - microseconds(b.Time));
  const ports = [...new Set(inTime.map(({ Request }) => Request.Port))];
  return ports.map((port) => lines.filter(({ Request }) => Request.Port === port));
}
