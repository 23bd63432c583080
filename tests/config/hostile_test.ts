/** Texts that are no configurations: whatever the bytes, a few sentences come of them, and soon. */
import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/mod.ts";
import { seeded } from "../tools/random.ts";
import { options, SAMPLE } from "./support.ts";

const KIB = 1024;
/** As long as a text may be, and shorter, since some take their time. */
const longest = (text: string) => text.repeat(Math.floor(255 * KIB / text.length));
const filled = (text: string, before = "", after = "") =>
  before + text.repeat(Math.floor(64 * KIB / text.length)) + after;

/** Aliases within aliases, nine of each in the next. */
function bomb(): string {
  const names = [..."abcdefghi"];
  const lines = names.map((name, i) => `${name}: &${name} [${new Array(9).fill(i === 0 ? "x" : `*${names[i - 1]}`)}]`);
  return lines.join("\n");
}

function mergeBomb(): string {
  const lines = ["a0: &a0 {x: 1}"];
  for (let i = 0; i < 40; i++) lines.push(`a${i + 1}: &a${i + 1} {<<: [*a${i}, *a${i}], y${i}: 1}`);
  return lines.join("\n");
}

Deno.test("no text throws, hangs or grows, and what is said of it has an end", () => {
  const texts = [
    bomb(),
    mergeBomb(),
    "a: &a {<<: *a, b: *a}",
    "x: &x {y: *x}",
    longest("["),
    filled("{"),
    filled("- "),
    filled("? "),
    filled("a: "),
    filled("[],", "a: [", "]"),
    filled("*a,", "a: &a 1\nb: [", "]"),
    filled("  <<: *a\n", "a: &a {b: c}\nd:\n"),
    filled("a: b\n"),
    filled("&a "),
    longest("}\n"),
    filled("%x\n"),
    filled("80,", "sniffer.protocols.rules: [{protocol: http, ports: [", "]}]"),
    filled("nope,", "processor: [{name: roundtripstometrics, config: {http: {requireLabels: [", "]}}}]"),
    filled("x", "logger.level: "),
    filled(".a", "? a", "\n: b"),
    "\u0000\u0001\ufffe",
    "\u0000".repeat(1000),
    "__proto__: {polluted: yes}\nconstructor.prototype.polluted: yes",
    "a: !!binary x\nb: !unknown y",
    "1: 2\nnull: 3\n: 4\n.: 5",
    "x".repeat(100_000_000),
  ];
  for (const text of texts) {
    const { config, problems } = loadConfig(text, options);
    const start = JSON.stringify(text.slice(0, 40));
    assert.equal(config, undefined, start);
    assert.ok(problems.length > 0 && problems.length <= 101, `${problems.length} problems of ${start}`);
    assert.ok(JSON.stringify(problems).length < 100_000, `long problems of ${start}`);
  }
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("damaged samples are read or refused", () => {
  const random = seeded(6);
  for (let round = 0; round < 400; round++) {
    const characters = [...SAMPLE];
    for (let i = 0; i < 3; i++) {
      characters[Math.floor(random() * characters.length)] = ":-[]{}\"'&*#%@\n\t x1<$"[Math.floor(random() * 20)];
    }
    const { config, problems } = loadConfig(characters.join(""), { ...options, lenient: round % 2 === 0 });
    assert.equal(config === undefined, problems.some(({ severity }) => severity === "error"));
  }
});
