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
  return await (target.program.endsWith(".exe") ? zip : tar)(build, name, folder);
}

/** The same files give the same archive, whoever packs them. */
async function tar({ work, epochSeconds }: Build, name: string, folder: string): Promise<string> {
  const file = `${name}.tar.gz`;
  const alike = ["--sort=name", "--owner=root:0", "--group=root:0", "--format=gnu", `--mtime=@${epochSeconds}`];
  await runProgram("tar", ["-C", work, ...alike, "-czf", `${folder}/${file}`, name]);
  return file;
}

async function zip({ work }: Build, name: string, folder: string): Promise<string> {
  const file = `${name}.zip`;
  await runProgram("sh", ["-c", 'cd "$1" && zip -qrX "$2" "$3"', "sh", work, `${folder}/${file}`, name]);
  return file;
}
