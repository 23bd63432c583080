/** From the text of a file to a tree: YAML 1.1 as people write it (https://yaml.org/spec/1.1/), read by a library. */
import process from "node:process";
import { type Document, isMap, isScalar, LineCounter, parseDocument } from "npm:yaml@2.9.1";
import type { Environment } from "./environment.ts";
import { isNothing, TreeBuilder } from "./tree_builder.ts";
import type { Reading } from "./reading.ts";
import type { MapNode } from "./tree.ts";

/** Larger texts are no configurations, but a mistake or an attack. */
export const MAX_BYTES = 256 * 1024;

/** The tree of a text; undefined when it is no configuration at all. Whatever is wrong is told to `reading`. */
export function parseTree(text: string, env: Environment, reading: Reading): MapNode | undefined {
  if (text.length > MAX_BYTES) {
    reading.refuse(1, "", `is larger than ${MAX_BYTES / 1024} KiB: that is no configuration`);
    return undefined;
  }
  const lines = new LineCounter();
  const document = parsed(text, lines, reading);
  if (document === undefined) return undefined;
  const deep = document.errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  for (const { code, message, pos } of deep === undefined ? document.errors : [deep]) {
    reading.refuse(lines.linePos(pos[0]).line || 1, "", explained(code, message));
  }
  if (document.errors.length > 0) return undefined;
  for (const warning of document.warnings) reading.warn(lines.linePos(warning.pos[0]).line, "", warning.message);
  const root = document.contents;
  if (root === null || isScalar(root) && isNothing(root.value, root.type)) {
    return { kind: "map", line: 1, entries: new Map() };
  }
  if (!isMap(root)) {
    reading.refuse(1, "", "a configuration is a mapping of keys to values, such as server.enabled: true; this is none");
    return undefined;
  }
  const builder = new TreeBuilder(document, (at) => lines.linePos(at).line || 1, env, reading);
  const tree = builder.build(root, "", 0);
  return builder.isTooLarge ? undefined : tree as MapNode;
}

/** All scalars stay text: what they are is decided by the keys that they stand under. */
function parsed(text: string, lineCounter: LineCounter, reading: Reading): Document | undefined {
  const options = {
    lineCounter,
    schema: "failsafe",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  } as const;
  // The library looks into the environment for debugging variables of its own, which would take a permission.
  const { env } = process;
  process.env = {};
  try {
    return parseDocument(text, options);
  } catch (error) {
    reading.refuse(
      1,
      "",
      `no YAML: ${error instanceof RangeError ? "it is nested too deeply" : (error as Error).message}`,
    );
    return undefined;
  } finally {
    process.env = env;
  }
}

function explained(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "a second document begins here (---): a configuration is one";
  if (code === "RESOURCE_EXHAUSTION") return "no YAML: it is nested too deeply";
  return `no YAML: ${message.split("\n")[0]}`;
}
