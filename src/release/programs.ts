/** Programs that a release is made with. */

/** Folder of the source, with a slash at its end. */
export const root = new URL("../../", import.meta.url).pathname;

/** This machine cannot make it; the message says why. */
export class NotMade extends Error {
  override readonly name = "NotMade";
}

/**
 * Runs a program to its end.
 *
 * @param env in addition to the own one
 * @returns what it printed on standard output
 * @throws NotMade where it is missing or fails
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  clearEnv = false,
): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], cwd: root, env, clearEnv, stdin: "null" });
  const output = await command.output().catch((error: Error) => {
    throw new NotMade(error instanceof Deno.errors.NotFound ? `${program} is not installed` : error.message);
  });
  const decoder = new TextDecoder();
  if (!output.success) throw new NotMade(`${program.split("/").at(-1)}: ${reason(decoder.decode(output.stderr))}`);
  return decoder.decode(output.stdout);
}

/** Where errors have causes, one a line and numbered, the first that says more than what was attempted. */
function reason(text: string): string {
  // deno-lint-ignore no-control-regex -- colours
  const lines = text.replace(/\x1b\[[0-9;]*m/g, "").trim().split("\n");
  return (lines.find((line) => /^ +1: /.test(line)) ?? lines[0]).replace(/^ +1: /, "");
}
