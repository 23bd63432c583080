/** The programs that live tests need: which are missing, how to install them, and installing them where that is wanted. */
import { say, SEARCH_PATH } from "./stage.ts";

/** Names of programs, each with the Debian package that has it. */
export type Programs = Readonly<Record<string, string>>;

/** Packages of the programs that are not on this machine. */
export async function missingPackages(programs: Programs): Promise<string[]> {
  const packages = new Set<string>();
  for (const [program, name] of Object.entries(programs)) if (!await isInstalled(program)) packages.add(name);
  return [...packages].sort();
}

async function isInstalled(program: string): Promise<boolean> {
  for (const folder of SEARCH_PATH.split(":")) {
    const found = await Deno.stat(`${folder}/${program}`).catch(() => undefined);
    if (found?.isFile && ((found.mode ?? 0) & 0o111) !== 0) return true;
  }
  return false;
}

export function installLine(packages: readonly string[]): string {
  return `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
}

/** Whether this machine wants its programs installed without being asked: a build machine, where we may do anything. */
export async function mayInstall(): Promise<boolean> {
  return Deno.env.get("CI") === "true" && Deno.build.os === "linux" && Deno.uid() === 0 &&
    await isInstalled("apt-get");
}

const POLICY = "/usr/sbin/policy-rc.d";

/** Installs packages of Debian; none of them starts a service of the system. */
export async function install(packages: readonly string[]): Promise<void> {
  say(`installing ${packages.join(", ")}`);
  // Package scripts ask this program before they start a service (invoke-rc.d(8)); 101 means: do not.
  const isOurs = await Deno.writeTextFile(POLICY, "#!/bin/sh\nexit 101\n", { createNew: true, mode: 0o755 })
    .then(() => true, () => false);
  try {
    await apt("update");
    await apt("install", "-y", "--no-install-recommends", ...packages);
  } finally {
    if (isOurs) await Deno.remove(POLICY);
  }
}

async function apt(...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("apt-get", {
    args: ["-qq", "-o", "DPkg::Lock::Timeout=300", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(`apt-get ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
}
