/** One build: the version, commit and time that all of its files carry, and the program for each target. */
import { VERSION } from "../core/version.ts";
import denoJson from "../../deno.json" with { type: "json" };
import { NotMade, root, runProgram } from "./programs.ts";
import type { Target } from "./targets.ts";

export class Build {
  readonly version = VERSION;
  /** Seconds of the epoch; SOURCE_DATE_EPOCH sets it (reproducible-builds.org). */
  readonly epochSeconds: number;
  /** A folder that is gone after the build. */
  readonly work: string;
  readonly #commit: string;

  private constructor(work: string, commit: string, epochSeconds: number) {
    this.work = work;
    this.#commit = commit;
    this.epochSeconds = epochSeconds;
  }

  static async begin(): Promise<Build> {
    const given = Number(Deno.env.get("SOURCE_DATE_EPOCH"));
    const epochSeconds = given > 0 ? given : Math.trunc(Date.now() / 1000);
    return new Build(await Deno.makeTempDir({ prefix: "packetd-release-" }), await commit(), epochSeconds);
  }

  /**
   * Compiles for a target.
   *
   * @returns the path of the program
   * @throws NotMade where there is no runtime for it
   */
  async compile({ name, triple, program }: Target): Promise<string> {
    const facts = `${this.work}/facts.env`, output = `${this.work}/${name}/${program}`;
    await Deno.writeTextFile(
      facts,
      `PACKETD_GIT_HASH=${this.#commit}\nPACKETD_BUILD_TIME=${buildTime(this.epochSeconds)}\n`,
    );
    // DENORT_BIN is the runtime of this machine: under another one's program it would be the wrong one.
    const { DENORT_BIN, ...env } = Deno.env.toObject();
    if (DENORT_BIN !== undefined && triple === Deno.build.target) env.DENORT_BIN = DENORT_BIN;
    const options = ["--quiet", "--no-check", "--lock=deno.lock", `--env-file=${facts}`, `--target=${triple}`];
    const args = ["compile", ...options, ...compileOptions(), `--output=${output}`, "main.ts"];
    await runProgram(Deno.execPath(), args, env, true);
    return output;
  }

  /** Copies files of the source into a folder. */
  async copy(files: readonly string[], folder: string): Promise<void> {
    for (const file of files) await Deno.copyFile(root + file, `${folder}/${file.slice(file.lastIndexOf("/") + 1)}`);
  }

  async end(): Promise<void> {
    await Deno.remove(this.work, { recursive: true });
  }
}

/** What the binary may do, and holds besides the main thread's modules, is said once: by the task that compiles it here. */
function compileOptions(): string[] {
  return denoJson.tasks.compile.command.match(/--allow-\S+|--include=\S+/g) ?? [];
}

/** The commit that the source is of; empty where it is of none. */
async function commit(): Promise<string> {
  try {
    const hash = (await runProgram("git", ["rev-parse", "HEAD"])).trim();
    const changes = await runProgram("git", ["status", "--porcelain", "--untracked-files=no"]);
    return changes === "" ? hash : `${hash}-changed`;
  } catch (error) {
    if (error instanceof NotMade) return "";
    throw error;
  }
}

/** UTC as `2026-01-31_01:02:03PM`. */
function buildTime(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  const [day, time] = date.toISOString().slice(0, 19).split("T");
  const hours = date.getUTCHours();
  return `${day}_${String(hours % 12 || 12).padStart(2, "0")}${time.slice(2)}${hours < 12 ? "AM" : "PM"}`;
}
