/** Which bucket or range a value falls into, and what these are called. */
import assert from "node:assert/strict";
import { BYTES, SECONDS } from "../../src/process/buckets.ts";
import { LeHistogram, type Series, VmHistogram } from "../../src/process/series.ts";
import { rangeOf, rangeTexts } from "../../src/process/vmrange.ts";
import { seeded } from "../tools/random.ts";

type Sample = [suffix: string, bucket: number, value: number];

function samplesOf(series: Series): Sample[] {
  const samples: Sample[] = [];
  series.samples((suffix, bucket, value) => samples.push([suffix, bucket, value]));
  return samples;
}

Deno.test("le has the contract's bounds and texts", () => {
  assert.equal(SECONDS.texts.join(" "), "0.001 0.005 0.01 0.05 0.1 0.25 0.5 1 2 5 10 20 30 60 120 300 600 +Inf");
  assert.equal(
    BYTES.texts.join(" "),
    "10240 102400 256000 512000 1048576 5242880 10485760 20971520 31457280 52428800 83886080 104857600 157286400 " +
      "209715200 524288000 +Inf",
  );
  assert.equal(SECONDS.openMetricsTexts.slice(-12, -9).join(" "), "0.5 1.0 2.0");
  assert.equal(BYTES.openMetricsTexts.slice(3, 6).join(" "), "512000.0 1.048576e+06 5.24288e+06");
  assert.equal(BYTES.openMetricsTexts.at(-2), "5.24288e+08");
});

Deno.test("a value lies in the bucket whose bound it is, and what is no size is ignored", () => {
  const histogram = new LeHistogram(SECONDS);
  for (const value of [0, 0.001, 0.0010001, 600, 600.1, -1, NaN]) histogram.observe(value, 1);
  const samples = samplesOf(histogram);
  assert.equal(samples.length, 20);
  assert.deepEqual(samples.slice(0, 3), [["_bucket", 0, 2], ["_bucket", 1, 3], ["_bucket", 2, 3]]);
  assert.deepEqual(samples.slice(-4), [["_bucket", 16, 4], ["_bucket", 17, 5], ["_sum", -1, histogram.sum], [
    "_count",
    -1,
    5,
  ]]);
});

Deno.test("ranges have the contract's texts", () => {
  assert.equal(rangeTexts.length, 488);
  assert.equal(rangeTexts[0], "0...1.000e-09");
  assert.equal(rangeTexts[1], "1.000e-09...1.136e-09");
  assert.equal(rangeTexts[486], "8.799e+17...1.000e+18");
  assert.equal(rangeTexts[487], "1.000e+18...+Inf");
  // Seen from the program that the contract describes.
  const seen = "4.642e-02...5.275e-02 2.783e+04...3.162e+04 3.162e-04...3.594e-04 1.468e-01...1.668e-01 " +
    "8.799e-01...1.000e+00 1.896e+00...2.154e+00 1.000e-01...1.136e-01 2.154e+02...2.448e+02 7.743e+01...8.799e+01";
  for (const text of seen.split(" ")) assert.ok(rangeTexts.includes(text), text);
});

Deno.test("observed values fall into the ranges that the contract shows for them", () => {
  const shown: [number, string][] = [
    [0, "0...1.000e-09"],
    [1, "8.799e-01...1.000e+00"],
    [2, "1.896e+00...2.154e+00"],
    [25, "2.448e+01...2.783e+01"],
    [0.046611, "4.642e-02...5.275e-02"],
    [0.162698, "1.468e-01...1.668e-01"],
    [30000, "2.783e+04...3.162e+04"],
    [1e-9, "1.000e-09...1.136e-09"],
    [1e-10, "0...1.000e-09"],
    [1e18, "1.000e+18...+Inf"],
    [Infinity, "1.000e+18...+Inf"],
  ];
  for (const [value, text] of shown) assert.equal(rangeTexts[rangeOf(value)], text, String(value));
});

Deno.test("a value that is a power of ten lies below it, whatever the power", () => {
  for (let exponent = -8; exponent < 18; exponent++) {
    const text = rangeTexts[rangeOf(10 ** exponent)];
    assert.equal(Number(text.split("...")[1]), 10 ** exponent);
  }
});

Deno.test("any value lies between the boundaries of its range, and greater values never in lower ranges", () => {
  const random = seeded(7);
  const values = Array.from({ length: 20_000 }, () => 10 ** (random() * 30 - 10.5)).sort((a, b) => a - b);
  let before = 0;
  for (const value of values) {
    const range = rangeOf(value);
    assert.ok(range >= before);
    before = range;
    const [from, to] = rangeTexts[range].split("...").map((text) => text === "+Inf" ? Infinity : Number(text));
    // The texts have four digits, so a value may seem to lie half a unit of the last one outside.
    assert.ok(value >= from * 0.9995 && value <= to * 1.0005, `${value} in ${rangeTexts[range]}`);
  }
});

Deno.test("a histogram of ranges shows those that hold values, in order, and nothing while it is empty", () => {
  const histogram = new VmHistogram();
  histogram.observe(-1, 1);
  histogram.observe(NaN, 1);
  assert.deepEqual(samplesOf(histogram), []);
  for (const value of [5, 0, 2, 5, 1e20]) histogram.observe(value, 1);
  assert.deepEqual(samplesOf(histogram), [
    ["_bucket", 0, 1],
    ["_bucket", rangeOf(2), 1],
    ["_bucket", rangeOf(5), 2],
    ["_bucket", 487, 1],
    ["_sum", -1, 1e20 + 12],
    ["_count", -1, 5],
  ]);
});

Deno.test("whatever is observed, the ranges hold as much as an array of all of them", () => {
  const random = seeded(3);
  const histogram = new VmHistogram();
  const expected: number[] = new Array(488).fill(0);
  for (let i = 0; i < 5000; i++) {
    const value = random() < 0.05 ? 0 : 10 ** (random() * 32 - 12);
    histogram.observe(value, 1);
    expected[rangeOf(value)]++;
  }
  const shown = samplesOf(histogram).filter(([suffix]) => suffix === "_bucket");
  assert.deepEqual(
    shown.map(([, range, count]) => [range, count]),
    expected.map((count, range) => [range, count]).filter(([, count]) => count > 0),
  );
});
