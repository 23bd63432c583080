/** All keys as tables in Markdown. Made from the keys. */
import { commonLabels } from "../core/labels.ts";
import { protocols } from "../protocols/mod.ts";
import { allKeys } from "./keys.ts";
import { OPTIONS, PIPELINE, PROCESSORS } from "./processors.ts";
import type { Options } from "./record.ts";
import { RULE } from "./rules.ts";

const KEY_HEAD = ["key", "value", "without being set", "meaning"];

export function tableText(): string {
  const sections = [
    "# Every key of the configuration",
    "Keys may be nested or joined by dots. `packetd config` prints them as a file with these values; " +
    "`packetd config --check FILE` says all that is wrong with one.",
    table(KEY_HEAD, keyRows()),
    "## A rule of `sniffer.protocols.rules`",
    table(KEY_HEAD, optionRows(RULE)),
    "## An entry of `pipeline`",
    table(KEY_HEAD, optionRows(PIPELINE)),
    "## An entry of `processor`",
    "It has a `name`, and under `config` the options of that processor.",
    table(["name", "what it does"], Object.entries(PROCESSORS).map(([name, about]) => [code(name), about])),
    ...Object.entries(OPTIONS).flatMap(([name, options]) => [
      `### Options of \`${name}\``,
      table(KEY_HEAD, optionRows(options)),
    ]),
    "### Options of `roundtripstometrics`",
    "For each protocol `requireLabels`, a list of selectors; the labels of a series stand in their order. " +
    "A selector is shown with the name of its label.",
    table(["protocol", "selectors"], selectorRows()),
  ];
  return sections.join("\n\n") + "\n";
}

function keyRows(): string[][] {
  return allKeys.map(({ key, kind, fallback, about, restart }) => [
    code(key),
    kind.name,
    fallback === undefined ? "" : code(kind.yaml(fallback)),
    about + (restart ? " (a new value waits for a restart)" : ""),
  ]);
}

function optionRows(options: Options): string[][] {
  return Object.entries(options).map(([name, { kind, fallback, about }]) => [
    code(name),
    kind.name,
    code(kind.yaml(fallback)),
    about,
  ]);
}

function selectorRows(): string[][] {
  const shown = (labels: Readonly<Record<string, { readonly name: string }>>) =>
    Object.entries(labels).map(([selector, { name }]) => `${code(selector)} (${name})`).join(", ");
  return [["all", shown(commonLabels)], ...protocols.map(({ name, labels }) => [name, shown(labels)])];
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
