/** Random expressions: those that are well made have the truth that their parts give, all others an error with its place. */
import assert from "node:assert/strict";
import { compileExpression, ExpressionError, type Predicate } from "../../src/query/mod.ts";
import { Pattern } from "../../src/query/pattern.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { seeded } from "../tools/random.ts";
import { accepted, visitAllCases } from "./round_trips.ts";

const random = seeded(7);
const pick = <T>(list: readonly T[]): T => list[Math.trunc(random() * list.length)];

/** What is known of the round trips GET, POST and DELETE of `round_trips.ts`, as bits 1, 2 and 4. */
const LEAVES: Readonly<Record<string, number>> = {
  "http": 7,
  "dns": 0,
  "answered": 3,
  "failed": 2,
  "status>=500": 2,
  "status = 200": 1,
  "path ~ '^/api'": 3,
  "method in (GET,DELETE)": 5,
  "duration >1ms": 2,
  'asked="POST /api/2"': 2,
  "client = 10.0.0.1": 7,
};

function wellMade(depth: number): [text: string, truth: number] {
  const kind = depth === 0 ? 0 : Math.trunc(random() * 5);
  if (kind === 0) return pick(Object.entries(LEAVES));
  const [left, leftTruth] = wellMade(depth - 1);
  if (kind === 1) return [`not (${left})`, 7 & ~leftTruth];
  if (kind === 2) return [`( ${left})`, leftTruth];
  const [right, rightTruth] = wellMade(depth - 1);
  return kind === 3
    ? [`(${left}) and (${right})`, leftTruth & rightTruth]
    : [`(${left}) or\n(${right})`, leftTruth | rightTruth];
}

Deno.test("well made expressions have the truth of their parts", () => {
  for (let i = 0; i < 500; i++) {
    const [text, truth] = wellMade(4);
    if (text.length > 4000) continue;
    const expected = ["GET", "POST", "DELETE"].filter((_, bit) => (truth & (1 << bit)) !== 0).join(" ");
    assert.equal(accepted(text), expected, text);
  }
});

Deno.test("and binds tighter than or, as in a chain without parentheses", () => {
  for (let i = 0; i < 500; i++) {
    const alternatives = Array.from({ length: 1 + Math.trunc(random() * 4) }, () => {
      const terms = Array.from({ length: 1 + Math.trunc(random() * 4) }, () => {
        const [text, truth] = pick(Object.entries(LEAVES));
        return random() < 0.3 ? [`not ${text}`, 7 & ~truth] as const : [text, truth] as const;
      });
      return [terms.map(([text]) => text).join(" and "), terms.reduce((all, [, truth]) => all & truth, 7)] as const;
    });
    const text = alternatives.map(([part]) => part).join(" or ");
    const truth = alternatives.reduce((any, [, part]) => any | part, 0);
    const expected = ["GET", "POST", "DELETE"].filter((_, bit) => (truth & (1 << bit)) !== 0).join(" ");
    assert.equal(accepted(text), expected, text);
  }
});

const PIECES = [
  ...[
    "and",
    "or",
    "not",
    "in",
    "(",
    ")",
    ",",
    "=",
    "!=",
    "<",
    ">=",
    "~",
    "!~",
    "==",
    "'",
    '"',
    " ",
    "\n",
    "\0",
    "\u2028",
  ],
  ...["http", "path", "status", "duration", "client", "server.host", "request.size", "question", "failed", "result"],
  ...["200", "-1", "1e9", "50ms", "1.5s", "10kB", "10.0.0.1", "10.0.0.1:80", "::1", "[::1]:80", "'^/a.*b$'", "'('"],
  ...["__proto__", "constructor", "toString", "\ud800", "😀", "é", "999999999999999999999999", "NaN", "request."],
];

Deno.test("whatever is written is understood or has an error with its place; what is understood never throws", async () => {
  const understood: Predicate[] = [];
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: Math.trunc(random() * 9) }, () => pick(PIECES)).join(random() < 0.7 ? " " : "");
    try {
      understood.push(compileExpression(text, protocols));
    } catch (error) {
      assert.ok(error instanceof ExpressionError, `${JSON.stringify(text)}: ${error}`);
      assert.ok(error.column >= 1 && error.column <= [...text].length + 1);
      assert.match(error.excerpt, /^[^\n]*\n *\^$/);
    }
  }
  assert.ok(understood.length > 100);
  const asked = understood.slice(0, 200);
  await visitAllCases((roundTrip) => {
    for (const accepts of asked) assert.equal(typeof accepts(roundTrip), "boolean");
  });
});

Deno.test("patterns find what JavaScript's find, and hostile ones end", () => {
  const atoms = [
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    "(a|b)",
    "(?:ab)",
    "\\w",
    "\\d",
    "^",
    "$",
    "a*",
    "b+",
    "a?",
    "(ab){1,3}",
  ];
  for (let i = 0; i < 2000; i++) {
    const source = Array.from({ length: 1 + Math.trunc(random() * 5) }, () => pick(atoms)).join("");
    const text = Array.from({ length: Math.trunc(random() * 12) }, () => pick(["a", "b", "1", "é", "/"])).join("");
    assert.equal(new Pattern(source).test(text), new RegExp(source, "u").test(text), `${source} on ${text}`);
  }
  const hostile = "a".repeat(100_000);
  for (const source of ["(a+)+b", "(a|a)*b", "(a|aa)+$b", "a*a*a*a*a*a*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*x"]) {
    assert.equal(new Pattern(source).test(hostile), false);
  }
});
