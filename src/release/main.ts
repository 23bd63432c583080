/**
 * `deno task release [TARGET...]`: archives for every system and a Debian package, with their SHA-256 sums, in
 * dist/release. A target whose runtime cannot be had is named with the reason; the others are made all the same.
 *
 * It lies in src, beside the version that it gives its files, and not in static, which holds only what is packed as it
 * stands.
 */
import { makeArchive } from "./archive.ts";
import { Build } from "./build.ts";
import { makeDebianPackage } from "./debian.ts";
import { NotMade, root } from "./programs.ts";
import { sumsOf } from "./sums.ts";
import { targets } from "./targets.ts";

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !targets.some((target) => target.name === name));
  if (unknown !== undefined) {
    console.error(`release: no target is called '${unknown}'; there are ${targets.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  const chosen = targets.filter(({ name }) => names.length === 0 || names.includes(name));
  const folder = `${root}dist/release`;
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  const build = await Build.begin();
  const made: string[] = [];
  try {
    for (const target of chosen) {
      const program = await attempt(target.name, () => build.compile(target));
      if (program === undefined) continue;
      const archive = await attempt(`${target.name} archive`, () => makeArchive(build, target, program, folder));
      if (archive !== undefined) made.push(archive);
      if (target.debian === undefined) continue;
      const { debian } = target;
      const deb = await attempt(`${target.name} package`, () => makeDebianPackage(build, debian, program, folder));
      if (deb !== undefined) made.push(deb);
    }
  } finally {
    await build.end();
  }
  if (made.length === 0) return 1;
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, await sumsOf(folder, made));
  for (const name of made) console.log(`dist/release/${name}`);
  console.log("dist/release/SHA256SUMS");
  return 0;
}

/** The result; or undefined, and the reason on standard error, where this machine cannot make it. */
async function attempt<T>(what: string, make: () => Promise<T>): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof NotMade)) throw error;
    console.error(`${what} is not made: ${error.message}`);
    return undefined;
  }
}

Deno.exit(await main(Deno.args));
