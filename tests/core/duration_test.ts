import assert from "node:assert/strict";
import { parseDuration } from "../../src/core/duration.ts";

Deno.test("durations are read as Go reads them, and a bare number is seconds", () => {
  const known: [string, number][] = [
    ["0", 0],
    ["1ns", 1],
    ["2us", 2e3],
    ["2µs", 2e3],
    ["2μs", 2e3],
    ["300ms", 3e8],
    ["1.5h", 5.4e12],
    ["1h30m", 5.4e12],
    ["1m0.25s", 60.25e9],
    [".5s", 5e8],
    ["5.s", 5e9],
    ["+3s", 3e9],
    ["-2s", -2e9],
    ["30", 30e9],
    ["0.5", 5e8],
  ];
  for (const [text, ns] of known) assert.equal(parseDuration(text), ns, text);
});

Deno.test("what is no duration is undefined", () => {
  for (const text of ["", "-", "s", "1x", "1 s", " 1s", "1s ", "1h30", "1e3s", "--1s", ".s", "300years", "99999999h"]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});
