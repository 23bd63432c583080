import assert from "node:assert/strict";
import { durationText, timeText } from "../../src/core/time.ts";

Deno.test("durations read as Go prints them", () => {
  const texts: [number, string][] = [
    [0, "0s"],
    [1, "1ns"],
    [198, "198ns"],
    [1000, "1µs"],
    [681_536, "681.536µs"],
    [999_999, "999.999µs"],
    [1_000_000, "1ms"],
    [1_938_920, "1.93892ms"],
    [999_999_999, "999.999999ms"],
    [1e9, "1s"],
    [1.5e9, "1.5s"],
    [60.25e9, "1m0.25s"],
    [3603e9, "1h0m3s"],
    [90061e9 + 1, "25h1m1.000000001s"],
    [-1_500_000, "-1.5ms"],
  ];
  for (const [ns, text] of texts) assert.equal(durationText(ns), text);
});

Deno.test("times are RFC 3339 with no trailing zeros in the fraction", () => {
  assert.equal(timeText(1_700_000_000, 3_000_000), "2023-11-14T22:13:20.003Z");
  assert.equal(timeText(1_700_000_000, 0), "2023-11-14T22:13:20Z");
  assert.equal(timeText(1_700_000_000, 1), "2023-11-14T22:13:20.000000001Z");
  assert.equal(timeText(0, 0), "1970-01-01T00:00:00Z");
  assert.match(timeText(2 ** 40, 5), /^\d{5,6}|^1970|^\+/, "a time out of the calendar's range does not throw");
});
