/**
 * Live tests: a real server, a real client, and packetd listening between them on the loopback device.
 *
 * While a test's steps play, packetd captures with its ring and with libpcap, and tcpdump pipes into a third packetd.
 * Then the round trips of each step must be what its client did, no more and no less, in each way of capturing; and the
 * accounts must say that nothing was lost.
 *
 * A test is one file (or a folder) and one line in `tests.ts`.
 */
import { Captures, type Heard } from "./captures.ts";
import { capturedDifferently, differences, type Expected, readDifferently, unaccounted } from "./compare.ts";
import { type Line, microseconds, readLines } from "./lines.ts";
import type { Programs } from "./programs.ts";
import { pause, say, Stage } from "./stage.ts";

export type { Expected } from "./compare.ts";
export type { Json, Line, Side } from "./lines.ts";
export { pause, type Stage } from "./stage.ts";

/** Looks at the lines of a step and says what is wrong with them; for loads, where a list would be too long. */
export type Judge = (lines: readonly Line[]) => readonly string[];

/** What packetd must print of a step, and what it must count without printing it. */
export interface Outcome {
  /** In the order in which answers were complete. */
  readonly expected: readonly Expected[] | Judge;
  /** Requests that nobody answers. */
  readonly oneWay?: number;
  /** Messages that the server sends of itself. */
  readonly pushed?: number;
}

/** Something that a client does. */
export interface Step {
  readonly name: string;
  /** Does it, and returns what packetd must make of it. */
  run(): Promise<readonly Expected[] | Judge | Outcome>;
}

/** A scene that is set: servers run and answer. */
export interface Scene {
  /** Values of `--proto`. */
  readonly rules: readonly string[];
  /** They are played one after another. */
  readonly steps: readonly Step[];
  /** Round trips that a client makes by itself, such as greetings and heartbeats: they are not compared. */
  readonly isAside?: (line: Line) => boolean;
  /** Responses without a request that the steps cause. */
  readonly responsesAlone?: number;
  /** What the steps make packetd say that it did not understand, or did not decode. */
  readonly reasons?: readonly RegExp[];
}

export interface LiveTest {
  /** As it is called on the command line. */
  readonly name: string;
  readonly programs: Programs;
  /** Starts the servers and waits until they answer. */
  set(stage: Stage): Promise<Scene>;
}

/** A test of a system that packetd feeds: it makes its checks itself. */
export interface SystemTest {
  readonly name: string;
  readonly programs: Programs;
  check(stage: Stage, score: Score): Promise<void>;
}

/** What is shown of a fault: a line may be long. */
const FAULT_LENGTH = 800;

/** How many checks went well. */
export class Score {
  passed = 0;
  failed = 0;

  /** @param faults what is wrong; nothing when all is well */
  check(name: string, faults: readonly string[]): void {
    if (faults.length === 0) this.passed++;
    else this.failed++;
    say(`${faults.length === 0 ? "ok  " : "FAIL"} ${name}`);
    for (const fault of faults) {
      say(`    ${fault.length > FAULT_LENGTH ? `${fault.slice(0, FAULT_LENGTH)}...` : fault}`);
    }
  }
}

interface Played {
  readonly step: Step;
  /** Microseconds of the epoch; it lasted until the next one began. */
  readonly fromUs: number;
  readonly outcome: Outcome | Error;
}

/** Runs one test on a stage of its own. What was captured is kept when a check fails. */
export async function runLiveTest(test: LiveTest | SystemTest, stage: Stage, score: Score): Promise<void> {
  const before = score.failed;
  try {
    await ("check" in test ? test.check(stage, score) : play(test, stage, score));
  } catch (error) {
    if (stage.isClosing) return; // interrupted
    score.check(test.name, [error instanceof Error ? error.message : String(error)]);
  }
  if (score.failed === before) return await stage.remove();
  await stage.close();
  say(`${test.name}: captures and logs are kept in ${stage.directory}`);
}

async function play(test: LiveTest, stage: Stage, score: Score): Promise<void> {
  const scene = await test.set(stage);
  const captures = await Captures.open(stage, scene.rules);
  const played: Played[] = [];
  for (const step of scene.steps) {
    await pause(2); // the clock of the steps counts milliseconds
    const fromUs = Date.now() * 1000;
    played.push({ step, fromUs, outcome: await step.run().then(outcomeOf, (error: Error) => error) });
  }
  const { ring, libpcap, pipe, tcpdumpLost } = await captures.close();
  const [file, input] = [await captures.replay("file", false), await captures.replay("input", true)];

  const meant = ({ text }: Heard) => readLines(text).filter((line) => !scene.isAside?.(line));
  const lines = meant(ring);
  const check = (name: string, faults: readonly string[]) => score.check(`${test.name}: ${name}`, faults);
  played.forEach((one, i) => check(one.step.name, judge(one, within(lines, one, played[i + 1]))));
  check("nothing else was printed", differences(lines.filter((line) => isBefore(line, played[0])), []));
  check("tcpdump lost no packet", tcpdumpLost === 0 ? [] : [`it lost ${tcpdumpLost}`]);
  check("--engine libpcap gives the same", capturedDifferently(meant(libpcap), lines));
  check("tcpdump -w - | packetd log --pcap.file - gives the same", capturedDifferently(meant(pipe), lines));
  check("--pcap.file FILE gives what the pipe gave", readDifferently(file.text, pipe.text));
  check("cat FILE | packetd log --pcap.file - gives it too", readDifferently(input.text, pipe.text));
  for (const [name, heard] of Object.entries({ ring, libpcap, pipe, file, input })) {
    check(`the account adds up (${name})`, [
      ...accountFaults(heard, ring, scene),
      ...countedOtherwise(heard, played),
    ]);
  }
}

function outcomeOf(result: readonly Expected[] | Judge | Outcome): Outcome {
  return "expected" in result ? result : { expected: result };
}

function judge({ outcome }: Played, lines: readonly Line[]): readonly string[] {
  if (outcome instanceof Error) return [`the client failed: ${outcome.message}`];
  const { expected } = outcome;
  return typeof expected === "function" ? expected(lines) : differences(lines, expected);
}

/** The round trips whose request was sent while a step played. */
function within(lines: readonly Line[], { fromUs }: Played, next: Played | undefined): Line[] {
  return lines.filter(({ Request }) => {
    const at = microseconds(Request.Time);
    return at >= fromUs && (next === undefined || at < next.fromUs);
  });
}

function isBefore({ Request }: Line, { fromUs }: Played): boolean {
  return microseconds(Request.Time) < fromUs;
}

function accountFaults({ text, account }: Heard, ring: Heard, scene: Scene): string[] {
  const faults = unaccounted(account, readLines(text), scene.responsesAlone ?? 0);
  // Who talks unasked may do so while one capture has begun, or has ended, and another has not.
  if (scene.isAside === undefined && account.matched !== ring.account.matched) {
    faults.push(`packets on configured ports: ${account.matched}, the ring saw ${ring.account.matched}`);
  }
  const reasons = scene.reasons ?? [];
  for (const said of account.reasons) {
    if (!reasons.some((reason) => reason.test(said))) faults.push(`not expected: ${said}`);
  }
  for (const reason of reasons) {
    if (!account.reasons.some((said) => reason.test(said))) faults.push(`expected, but not said: ${reason}`);
  }
  return faults;
}

/** What is counted without being printed, where a step says how much that is. */
function countedOtherwise({ account }: Heard, played: readonly Played[]): string[] {
  return (["oneWay", "pushed"] as const).flatMap((what) => {
    const counts = played.flatMap(({ outcome }) => outcome instanceof Error ? [] : outcome[what] ?? []);
    const expected = counts.reduce((total, count) => total + count, 0);
    return counts.length === 0 || account[what] === expected ? [] : [`${what}: ${account[what]}, expected ${expected}`];
  });
}
