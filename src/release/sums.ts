/** Sums as sha256sum(1) writes and checks them. */

/** A line for each file of a folder. */
export async function sumsOf(folder: string, names: readonly string[]): Promise<string> {
  let text = "";
  for (const name of [...names].sort()) {
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${folder}/${name}`));
    text += `${new Uint8Array(digest).toHex()}  ${name}\n`;
  }
  return text;
}
