/** The archive of a target: a folder with the program and what belongs to it. */
import type { Build } from "./build.ts";
import { runProgram } from "./programs.ts";
import { sumsOf } from "./sums.ts";
import type { Target } from "./targets.ts";

/**
 * Packs a program with its files and their sums.
 *
 * @returns the name of the archive: tar.gz, for Windows zip
 * @throws NotMade where a program for packing is missing
 */
export async function makeArchive(build: Build, target: Target, program: string, folder: string): Promise<string> {
  const name = `packetd-${build.version}-${target.name}`, packed = `${build.work}/${name}`;
  await Deno.mkdir(packed);
  await Deno.copyFile(program, `${packed}/${target.program}`);
  await build.copy(target.files, packed);
  for await (const { name } of Deno.readDir(packed)) {
    await Deno.chmod(`${packed}/${name}`, name === target.program || name.endsWith(".sh") ? 0o755 : 0o644);
  }
  const names = await Array.fromAsync(Deno.readDir(packed), ({ name }) => name);
  await Deno.writeTextFile(`${packed}/SHA256SUMS`, await sumsOf(packed, names));
  for (const file of [...names, "SHA256SUMS", ""]) {
    await Deno.utime(`${packed}/${file}`, build.epochSeconds, build.epochSeconds);
  }
  return await (target.program.endsWith(".exe") ? zip : tar)(build, name, folder);
}

/** The same files give the same archive, whoever packs them; the other way of packing too. */
async function tar({ work }: Build, name: string, folder: string): Promise<string> {
  const file = `${name}.tar.gz`;
  const alike = ["--sort=name", "--owner=root:0", "--group=root:0", "--format=gnu"];
  await runProgram("tar", ["-C", work, ...alike, "-czf", `${folder}/${file}`, name]);
  return file;
}

async function zip({ work }: Build, name: string, folder: string): Promise<string> {
  const file = `${name}.zip`;
  const line = 'cd "$1" && find "$3" | LC_ALL=C sort | TZ=UTC zip -qX@ "$2"';
  await runProgram("sh", ["-c", line, "sh", work, `${folder}/${file}`, name]);
  return file;
}
