/** What scenes do to the machine that they run on, which is a clean root. */
import assert from "node:assert/strict";

/** What a release made. */
export const RELEASE = new URL("../../dist/release/", import.meta.url).pathname;

/** Runs a line of shell, and returns what it printed. @throws where it does not end with the wished status */
export async function shell(line: string, status = 0): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("sh", { args: ["-c", line], stdin: "null" }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  assert.equal(code, status, `${line}\n${text}`);
  return text;
}

export async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** The commands of a section of the README, a line each. */
export async function readmeCommands(section: string): Promise<string[]> {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const [, block] = new RegExp(`^## ${section}\\n[^]*?^\`\`\`sh\\n([^]*?)^\`\`\`$`, "m").exec(readme)!;
  return block.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** Root needs no sudo, but lines for others name it. */
export async function pretendSudo(): Promise<void> {
  await Deno.writeTextFile("/usr/local/bin/sudo", '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
}

/** Path of one of the files that a release made, by the end of its name. */
export async function released(end: string): Promise<string> {
  for await (const { name } of Deno.readDir(RELEASE)) if (name.endsWith(end)) return RELEASE + name;
  throw new Error(`dist/release has no *${end}`);
}

/** Makes the machine one of systemd's: a systemctl that does nothing but note what it was asked. */
export class Systemctl {
  static async pretend(): Promise<Systemctl> {
    await Deno.mkdir("/run/systemd/system", { recursive: true });
    const text = '#!/bin/sh\necho "$*" >>/run/systemctl.asked\n';
    await Deno.remove("/usr/bin/systemctl").catch(() => {}); // it may be a link
    await Deno.writeTextFile("/usr/bin/systemctl", text, { mode: 0o755 });
    return new Systemctl();
  }

  /** What it was asked since the last call. */
  async asked(): Promise<string[]> {
    const text = await Deno.readTextFile("/run/systemctl.asked").catch(() => "");
    await Deno.remove("/run/systemctl.asked").catch(() => {});
    return text.split("\n").filter((line) => line !== "");
  }
}
