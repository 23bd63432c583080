/**
 * A root as clean as this machine's, and thrown away afterwards: an overlay (mount_namespaces(7)) with a network of its
 * own that has only loopback, so that the usual ports are free and nobody else's packets are captured.
 */
import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url).pathname;

/** Why there can be none; empty if there can. */
export const withoutCleanRoot = await trouble();

/** Where the source lies inside; it cannot be written. */
const SOURCE = "/mnt/packetd";

/** Writes go to memory. Whatever runs inside ends with it. */
const ENTER = `
set -e
place=$1 source=$2 deno=$3; shift 3
mount -t tmpfs -o size=2g packetd "$place"
mkdir "$place/upper" "$place/work" "$place/root"
mount -t overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" packetd "$place/root"
cd "$place/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount --rbind /dev dev
mkdir -p mnt/packetd
mount --bind "$source" mnt/packetd
mount -o remount,bind,ro mnt/packetd
mkdir -p usr/local/bin
rm -f usr/local/bin/deno
cp "$deno" usr/local/bin/deno
chmod 755 usr/local/bin/deno
ip link set lo up
exec chroot . /usr/local/bin/deno "$@"
`;

/** Runs a module of the source as a program inside. It must end with 0. */
export async function enterCleanRoot(module: string): Promise<void> {
  const inside = ["run", "--quiet", "--no-check", "--no-lock", "--allow-all", `${SOURCE}/${module}`];
  const namespaces = ["--mount", "--net", "--pid", "--fork", "--kill-child"];
  const place = await Deno.makeTempDir({ prefix: "packetd-root-" });
  try {
    const { success, stdout, stderr } = await new Deno.Command("unshare", {
      args: [...namespaces, "sh", "-c", ENTER, "sh", place, root, Deno.execPath(), ...inside],
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assert.ok(success, decoder.decode(stdout) + decoder.decode(stderr));
  } finally {
    await Deno.remove(place);
  }
}

async function trouble(): Promise<string> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return "needs Linux on x86-64";
  if (Deno.uid() !== 0) return "needs root";
  for (const program of ["unshare", "setpriv", "ip", "dpkg", "tar"]) {
    const { success } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" })
      .output();
    if (!success) return `${program} is not installed`;
  }
  const { success } = await new Deno.Command("unshare", { args: ["--mount", "--net", "true"], stderr: "null" })
    .output();
  return success ? "" : "no namespaces can be made here";
}
