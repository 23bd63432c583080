/** The annotated reference of all keys, as YAML that loads as it is. Made from the keys. */
import { protocols } from "../protocols/mod.ts";
import { allKeys, type Key } from "./keys.ts";
import { OPTIONS, PROCESSORS } from "./processors.ts";
import type { Options } from "./record.ts";
import { selectorsOf } from "./selectors.ts";

const HEAD = `# The whole configuration of packetd, each key with the value that it has without being set.
# Keys may be nested or joined by dots. Durations: 300ms, 1m, 1h30m, or a number of seconds.
# \${NAME} and \${NAME:-default} in a value are filled in from the environment; $\${ stands for the text itself.
# Check a file with: packetd config --check FILE
`;

/** What is shown of keys that a single value does not explain. */
const EXAMPLES: Readonly<Record<string, () => readonly string[]>> = {
  "sniffer.blockNum": () => ["# blockNum: 128"],
  "sniffer.protocols.rules": () => [
    "rules:",
    ...protocols.flatMap(({ name, ports }) => [
      `  # - name: ${name}`,
      `  #   protocol: ${name}`,
      `  #   ports: [${ports.join(", ")}]`,
    ]),
    "  #   host: 10.0.0.7",
    "  # - {protocol: redis, ports: [any]} # on any port, recognised by its bytes",
    "  # - {protocol: auto} # all protocols so",
  ],
  processor: processorLines,
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
  return Object.hasOwn(EXAMPLES, key) ? EXAMPLES[key]() : [`${name}: ${kind.yaml(fallback)}`];
}

/** The processors, with every selector that there is. */
function processorLines(): string[] {
  const lines = ["processor:", `  # ${PROCESSORS.roundtripstometrics}`, "  - name: roundtripstometrics", "    config:"];
  for (const protocol of protocols) {
    lines.push(`      ${protocol.name}:`, "        requireLabels:");
    for (const [selector, label] of selectorsOf(protocol)) lines.push(`          # - ${selector} # ${label}`);
  }
  lines.push(`  # ${PROCESSORS.roundtripstotraces}`, "  - name: roundtripstotraces", "    config:");
  lines.push(...optionLines(OPTIONS.roundtripstotraces).map((line) => `      ${line}`));
  lines.push(
    `  # ${PROCESSORS.roundtripsfilter}: where what is true, all but what is dropped, and of that a share`,
    "  # (expressions: packetd help expressions)",
    "  # - name: roundtripsfilter",
    "  #   config:",
    "  #     where: http and duration > 50ms",
    '  #     drop: path ~ "^/health"',
    "  #     sample: 1",
  );
  return lines;
}

function optionLines(options: Options): string[] {
  return Object.entries(options).flatMap(([name, { kind, fallback, about }]) => [
    `# ${about}`,
    `${name}: ${kind.yaml(fallback)}`,
  ]);
}
