/** A release for this machine, made anew. */

const root = new URL("../../", import.meta.url).pathname;

/** Names of what was made; nothing, and why, where the runtime for `deno compile` cannot be had. */
export async function release(): Promise<{ readonly files: readonly string[]; readonly trouble: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "release", "linux-x86_64"],
    cwd: root,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return success
    ? { files: decoder.decode(stdout).trim().split("\n"), trouble: "" }
    : { files: [], trouble: decoder.decode(stderr).trim().split("\n").at(-1)! };
}
