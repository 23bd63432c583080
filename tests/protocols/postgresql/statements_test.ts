/** What is remembered of a connection is bounded, and what was used last is remembered longest. */
import assert from "node:assert/strict";
import { type Statement, Statements } from "../../../src/protocols/postgresql/statements.ts";
import { Steps } from "../../../src/protocols/postgresql/steps.ts";
import { PARSE, SYNC, WAITING_MESSAGES } from "../../../src/protocols/postgresql/messages.ts";

const statement = (name: string, text: string): Statement => ({
  name,
  text,
  sec: 0,
  nsec: 0,
  bytes: 0,
  replaced: undefined,
});

Deno.test("statements beyond the bytes allowed are forgotten, those not used for the longest time first", () => {
  const statements = new Statements(10_000);
  for (let i = 0; i < 100; i++) {
    statements.prepare(statement(`s${i}`, "x".repeat(400)));
    assert.notEqual(statements.get("s0"), undefined, "used after every other");
  }
  assert.equal(statements.get("s99")?.text.length, 400);
  assert.equal(statements.get("s1"), undefined);
  statements.prepare(statement("huge", "x".repeat(20_000)));
  assert.equal(statements.get("huge"), undefined, "more than is allowed");
});

Deno.test("the newest text of a name counts, and a refused one gives the earlier back", () => {
  const statements = new Statements();
  const [first, second, third] = ["a", "b", "c"].map((text) => statement("s", text));
  statements.prepare(first);
  statements.prepare(second);
  assert.equal(statements.get("s"), second);
  statements.undo(first);
  assert.equal(statements.get("s"), second, "what was replaced since is left alone");
  statements.undo(second);
  assert.equal(statements.get("s"), first);
  statements.prepare(third);
  statements.delete("s");
  statements.undo(third);
  assert.equal(statements.get("s"), undefined);
});

Deno.test("a name that is given again and again does not hold on to all its texts", () => {
  const statements = new Statements();
  let last = statement("s", "0");
  for (let i = 1; i < 10; i++) {
    statements.prepare(last);
    last = statement("s", String(i));
  }
  statements.prepare(last);
  assert.equal(last.replaced?.text, "8");
  assert.equal(last.replaced?.replaced, undefined);
});

Deno.test("the ring of waiting messages grows to its ceiling and keeps positions", () => {
  const steps = new Steps();
  for (let i = 0; i < 10; i++) steps.push(PARSE, undefined);
  for (let i = 0; i < 7; i++) steps.shift();
  const marked = statement("m", "");
  while (steps.push(SYNC, steps.size === 20 ? marked : undefined));
  assert.deepEqual([steps.size, steps.typeAt(2), steps.typeAt(3)], [WAITING_MESSAGES, PARSE, SYNC]);
  assert.equal(steps.statementAt(20), marked);
  assert.equal(steps.change(6, SYNC), false);
  assert.equal(steps.change(7, SYNC), true);
  assert.equal(steps.first, SYNC);
  steps.clear();
  assert.deepEqual([steps.first, steps.size], [0, 0]);
});
