/** The annotated reference of all keys, as YAML that loads, and the table of keys as Markdown: both made from the keys. */
import { allKeys, type Key } from "./keys.ts";
import { processorReference } from "./processors.ts";

const HEAD = `# The whole configuration of packetd, each key with the value that it has without being set.
# Keys may be nested or joined by dots. Durations: 300ms, 1m, 1h30m, or a number of seconds.
# \${NAME} and \${NAME:-default} in a value are filled in from the environment; $\${ stands for the text itself.
# Check a file with: packetd config --check FILE
`;

/** Sections whose values are more than one line, shown by an example. */
const EXAMPLES: Readonly<Record<string, () => readonly string[]>> = {
  "sniffer.protocols.rules": () => [
    "rules:",
    "  # - name: web",
    "  #   protocol: http",
    "  #   ports: [80, 8080]",
    "  #   host: 10.0.0.7",
    "  # - {protocol: redis, ports: [any]} # on any port, recognised by its bytes",
    "  # - {protocol: auto} # all protocols so",
  ],
  processor: processorReference,
  pipeline: () => [
    "pipeline:",
    "  - name: metrics/common",
    "    processors: [roundtripstometrics]",
    "  - name: traces/common",
    "    processors: [roundtripstotraces]",
  ],
};

export function referenceText(): string {
  const lines: string[] = [];
  let path: readonly string[] = [];
  for (const key of allKeys) {
    const parts = key.key.split("."), sections = parts.slice(0, -1);
    let depth = 0;
    while (depth < sections.length && sections[depth] === path[depth]) depth++;
    for (; depth < sections.length; depth++) {
      if (depth === 0) lines.push("");
      lines.push(`${"  ".repeat(depth)}${sections[depth]}:`);
    }
    path = sections;
    const indent = "  ".repeat(sections.length);
    if (sections.length === 0) lines.push("");
    lines.push(`${indent}# ${key.about}`, ...valueLines(key, parts.at(-1)!).map((line) => indent + line));
  }
  return HEAD + lines.join("\n") + "\n";
}

function valueLines({ key, kind, fallback }: Key, name: string): readonly string[] {
  const example = EXAMPLES[key];
  if (example !== undefined) return example();
  return [fallback === undefined ? `# ${name}:` : `${name}: ${kind.yaml(fallback)}`];
}

export function tableText(): string {
  const rows = allKeys.map((key) => [
    `\`${key.key}\``,
    key.kind.name,
    key.fallback === undefined || key.key in EXAMPLES ? "" : `\`${key.kind.yaml(key.fallback)}\``,
    key.about + (key.restart ? " (a new value waits for a restart)" : ""),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(["key", "value", "without being set", "meaning"]), line(["---", "---", "---", "---"]), ...rows.map(line)]
    .join("\n") + "\n";
}
