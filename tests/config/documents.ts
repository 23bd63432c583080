/** `deno task reference`: writes the documents that are made from the keys of the configuration. */
import { referenceText } from "../../src/config/reference.ts";
import { tableText } from "../../src/config/table.ts";

const root = new URL("../../", import.meta.url);

/** What is made, by its path in the project. */
export function documents(): Record<string, string> {
  return {
    "static/packetd.reference.yaml": referenceText(),
    "static/configuration.md": tableText(),
  };
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(documents())) Deno.writeTextFileSync(new URL(path, root), text);
}
