/** What live tests build or download once for all their runs: kept in the user's cache folder, not in the checkout. */
import { createHash } from "node:crypto";
import { say, type Stage } from "./stage.ts";

function root(): string {
  const { XDG_CACHE_HOME, HOME = "/tmp" } = Deno.env.toObject();
  return `${XDG_CACHE_HOME || `${HOME}/.cache`}/packetd-live`;
}

/**
 * The folder that was filled from these source files: at once when it is there, else after filling it. It is filled
 * under another name first, so that it is whole or not there, whoever else fills it at the same time.
 */
export async function cached(
  name: string,
  sources: readonly string[],
  fill: (folder: string) => Promise<unknown>,
): Promise<string> {
  const hash = createHash("sha256");
  for (const source of sources) hash.update(await Deno.readFile(source));
  const folder = `${root()}/${name}-${hash.digest("hex").slice(0, 16)}`;
  if (await isThere(folder)) return folder;
  say(`${name}: is made once and kept in ${folder}`);
  const growing = `${folder}.${crypto.randomUUID()}`;
  await Deno.mkdir(growing, { recursive: true });
  try {
    await fill(growing);
    await Deno.rename(growing, folder).catch(async (error) => {
      if (!await isThere(folder)) throw error;
    });
  } catch (error) {
    throw new Error(`${name} cannot be made: ${(error as Error).message}`);
  } finally {
    await Deno.remove(growing, { recursive: true }).catch(() => {}); // it has its name by now
  }
  return folder;
}

function isThere(folder: string): Promise<boolean> {
  return Deno.stat(folder).then(() => true, () => false);
}

/** Builds the Go module in a folder, as its go.sum pins it, and returns the program's path. */
export async function goProgram(stage: Stage, name: string, source: string): Promise<string> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(source)) files.push(`${source}/${name}`);
  // Without cgo no C compiler is needed; with the local toolchain no other one is downloaded.
  const go = ["CGO_ENABLED=0", "GOTOOLCHAIN=local", "GOFLAGS=-mod=readonly", "go", "build", "-buildvcs=false"];
  const folder = await cached(
    name,
    files.sort(),
    (folder) => stage.run("env", [`--chdir=${source}`, ...go, "-o", `${folder}/${name}`, "."]),
  );
  return `${folder}/${name}`;
}
