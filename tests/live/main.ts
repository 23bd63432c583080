/**
 * `deno task live [NAME...]`: real servers and clients on this machine, and packetd between them.
 *
 * Without names all tests run. Programs that are missing are named with the line that installs them; a build machine
 * (CI=true, root on Debian) installs them by itself. PACKETD names a compiled packetd to be tested instead of the
 * sources. The last line on standard output is the result.
 */
import { withoutCapture } from "../capture/support.ts";
import { type LiveTest, runLiveTest, Score, type SystemTest } from "./harness.ts";
import { install, installLine, mayInstall, missingPackages, type Programs } from "./programs.ts";
import { say, Stage } from "./stage.ts";
import { liveTests } from "./tests.ts";

/** What every test needs. */
const PROGRAMS: Programs = { tcpdump: "tcpdump" };

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !liveTests.some((test) => test.name === name));
  if (unknown !== undefined) {
    say(`live: there is no test '${unknown}'; there are ${liveTests.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  const chosen = names.length === 0 ? liveTests : liveTests.filter(({ name }) => names.includes(name));
  if (!await haveAll(chosen)) return 1;
  if (withoutCapture !== "") {
    say(`live: packets cannot be captured here (${withoutCapture}): run as root, or as a user with CAP_NET_RAW`);
    return 1;
  }
  return await runAll(chosen);
}

/** Whether every program is there, after installing what is missing where that is wanted. */
async function haveAll(tests: readonly (LiveTest | SystemTest)[]): Promise<boolean> {
  const programs: Programs = Object.assign({}, PROGRAMS, ...tests.map((test) => test.programs));
  let missing = await missingPackages(programs);
  if (missing.length > 0 && await mayInstall()) {
    await install(missing).catch((error: Error) => say(`live: ${error.message}`));
    missing = await missingPackages(programs);
  }
  if (missing.length > 0) say(`live: programs are missing; on Debian: ${installLine(missing)}`);
  return missing.length === 0;
}

/** Runs them one after another, until the last one or until somebody wants the end. */
function runAll(tests: readonly (LiveTest | SystemTest)[]): Promise<number> {
  let stage: Stage | undefined;
  let isInterrupted = false;
  const interruption = new Promise<number>((resolve) => {
    const interrupt = async () => {
      isInterrupted = true;
      await stage?.remove();
      resolve(130); // as a shell reports it
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, interrupt);
  });
  const playing = async () => {
    const score = new Score();
    for (const test of tests) {
      stage = await Stage.open(test.name);
      await runLiveTest(test, stage, score);
      if (isInterrupted) return await interruption;
    }
    console.log(`${score.passed} passed, ${score.failed} failed`);
    return score.failed === 0 ? 0 : 1;
  };
  return Promise.race([playing(), interruption]);
}

Deno.exit(await main(Deno.args));
