/** The Debian package: the service, not running until somebody starts it (deb(5), Debian Policy chapters 6 and 10). */
import type { Build } from "./build.ts";
import { root, runProgram } from "./programs.ts";

/** Where files of the source go, with their modes. */
const FILES: readonly (readonly [source: string, target: string, mode: number])[] = [
  ["static/packetd.service", "lib/systemd/system/packetd.service", 0o644],
  ["static/packetd.yaml", "etc/packetd/packetd.yaml", 0o644],
  ["README.md", "usr/share/doc/packetd/README.md", 0o644],
  ["CHANGELOG.md", "usr/share/doc/packetd/changelog", 0o644],
  ["LICENSE", "usr/share/doc/packetd/copyright", 0o644],
  ["static/debian/conffiles", "DEBIAN/conffiles", 0o644],
  ["static/debian/postinst", "DEBIAN/postinst", 0o755],
  ["static/debian/prerm", "DEBIAN/prerm", 0o755],
  ["static/debian/postrm", "DEBIAN/postrm", 0o755],
];

/**
 * Packs a program.
 *
 * @param architecture as Debian calls it
 * @returns the name of the package
 * @throws NotMade where dpkg-deb is missing
 */
export async function makeDebianPackage(
  build: Build,
  architecture: string,
  program: string,
  folder: string,
): Promise<string> {
  const packed = `${build.work}/debian`, name = `packetd_${build.version}_${architecture}.deb`;
  await place(program, `${packed}/usr/bin/packetd`, 0o755);
  for (const [source, target, mode] of FILES) await place(root + source, `${packed}/${target}`, mode);
  const template = await Deno.readTextFile(`${root}static/debian/control`);
  const control = template
    .replace("@VERSION@", build.version)
    .replace("@ARCHITECTURE@", architecture)
    .replace("@INSTALLED_SIZE@", String(Math.ceil((await Deno.stat(program)).size / 1024)));
  await Deno.writeTextFile(`${packed}/DEBIAN/control`, control);
  // -Zxz: what dpkg of every release that is still cared for can read.
  await runProgram("dpkg-deb", ["--root-owner-group", "-Zxz", "-z1", "--build", packed, `${folder}/${name}`], {
    SOURCE_DATE_EPOCH: String(build.epochSeconds),
  });
  return name;
}

async function place(source: string, target: string, mode: number): Promise<void> {
  await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true, mode: 0o755 });
  await Deno.copyFile(source, target);
  await Deno.chmod(target, mode);
}
