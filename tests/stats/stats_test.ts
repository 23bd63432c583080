/** Groups: exact counts, a ceiling on how many there are, windows, order, and what is written of them. */
import assert from "node:assert/strict";
import { checkSort, sorted } from "../../src/stats/columns.ts";
import { csvHead, csvText, jsonText } from "../../src/stats/data.ts";
import { dimensionsOf } from "../../src/stats/dimensions.ts";
import { compareCsv, compareJson, compareText } from "../../src/stats/compare.ts";
import { sparkline } from "../../src/stats/recent.ts";
import { Stats, type StatsOptions } from "../../src/stats/stats.ts";
import { sumOf, tableText } from "../../src/stats/table.ts";
import { GROUPS } from "../../src/stats/tally.ts";
import { seeded } from "../tools/random.ts";
import { answered, asked } from "./round_trips.ts";

function stats(by = "endpoint", more: Partial<StatsOptions> = {}): Stats {
  return new Stats({ by: dimensionsOf(by), windowNs: Infinity, ...more });
}

function filled(): Stats {
  const all = stats("protocol,endpoint");
  for (let i = 1; i <= 100; i++) all.roundTrip(answered("/a", i * 1e6, 1000 + i, i % 10 === 0));
  for (let i = 1; i <= 3; i++) all.roundTrip(answered("/b", 2e9, 1000 + 10 * i));
  all.unanswered(asked("/b"));
  all.unanswered(asked("/c"));
  return all;
}

Deno.test("counts, errors, bytes and times are exact", () => {
  const snapshot = filled().snapshot(1000, 1100);
  const [a, b, c] = sorted(snapshot, "endpoint");
  assert.deepEqual(a.labels, ["web", "/a"]);
  assert.deepEqual([a.count, a.errors, a.unanswered, a.requestBytes, a.responseBytes], [100, 10, 0, 10_000, 2500]);
  assert.equal(a.durations.totalNs, 5050e6);
  assert.equal(a.durations.maxNs, 100e6);
  assert.deepEqual([b.count, b.unanswered, b.requestBytes, b.responseBytes], [3, 1, 400, 75]);
  assert.deepEqual([c.count, c.unanswered], [0, 1]);
  assert.equal(sumOf(snapshot).weight, 105);
});

Deno.test("the table", () => {
  const lines = tableText(filled().snapshot(1000, 1100), "total", Infinity).split("\n");
  assert.deepEqual(lines.map((line) => line.replace(/ {2}[▁-█ ]*[▁-█]$/, "").trimEnd()), [
    "1970-01-01T00:16:40Z to 1970-01-01T00:18:20Z, 1m40s: 103 answered, 10 with an error, 2 unanswered",
    "protocol  endpoint   rate  count  errors  unanswered     p50     p90     p95   p99    max  total  sent  received  last minute",
    "web       /b        0.0/s      3       0           1      2s      2s      2s    2s     2s     6s  400B       75B",
    "web       /a        1.0/s    100      10           0  50.2ms  89.6ms  95.1ms  99ms  100ms  5.05s  10kB     2.5kB",
    "web       /c        0.0/s      0       0           1       -       -       -     -      -     0s  100B        0B",
    "",
  ]);
});

Deno.test("rows beyond --top are one, and add up", () => {
  const json = JSON.parse(jsonText(filled().snapshot(1000, 1100), "count", 1));
  assert.equal(json.groups.length, 1);
  assert.equal(json.groups[0].endpoint, "/a");
  assert.equal(json.groups[0].lastMinute.length, 60);
  assert.deepEqual([json.other.groups, json.other.count, json.other.unanswered], [2, 3, 2]);
  assert.deepEqual([json.from, json.to], ["1970-01-01T00:16:40.000Z", "1970-01-01T00:18:20.000Z"]);
});

Deno.test("CSV has a head, a line for each group, and quotes what needs it", () => {
  const all = stats("endpoint");
  all.roundTrip(answered('/a,"b"', 1e6));
  const snapshot = all.snapshot(1000, 1001);
  const [head, line, end] = (csvHead(snapshot) + csvText(snapshot, "total", Infinity)).split("\r\n");
  assert.match(
    head,
    /^from,to,endpoint,ratePerSecond,count,errors,unanswered,p50Ns,p90Ns,p95Ns,p99Ns,maxNs,totalNs,requestBytes,responseBytes$/,
  );
  assert.equal(
    line,
    '1970-01-01T00:16:40.000Z,1970-01-01T00:16:41.000Z,"/a,""b""",1,1,0,0,1000000,1000000,1000000,1000000,1000000,1000000,100,25',
  );
  assert.equal(end, "");
});

Deno.test("a million random paths give a bounded number of groups, nothing is lost, and what is large stays", () => {
  const all = stats();
  const random = seeded(5);
  for (let i = 0; i < 1_000_000; i++) {
    all.roundTrip(answered(`/${random().toString(36).slice(2)}`, 1e6));
    if (i % 100 === 0) all.roundTrip(answered("/large", 1e6));
  }
  const snapshot = all.snapshot(1000, 1001);
  assert.ok(snapshot.groups.length <= 2 * GROUPS, `${snapshot.groups.length}`);
  assert.equal(sumOf(snapshot).count, 1_010_000);
  assert.equal(sorted(snapshot, "count")[0].count, 10_000);
  assert.ok(snapshot.folded > 900_000);
});

Deno.test("a window forgets what is older, and a clock that jumps makes no more parts of it", () => {
  const all = stats("endpoint", { windowNs: 10e9 });
  for (let sec = 1000; sec < 1060; sec++) all.roundTrip(answered("/a", 1e6, sec));
  let snapshot = all.snapshot(1000, 1059.5);
  assert.equal(sumOf(snapshot).count, 10);
  assert.deepEqual([snapshot.fromSec, snapshot.toSec], [1050, 1059.5]);
  all.roundTrip(answered("/a", 1e6, 5_000_000));
  all.roundTrip(answered("/a", 1e6, 1060));
  snapshot = all.snapshot(1000, 1060.5);
  assert.equal(sumOf(snapshot).count, 10, "a round trip of the future is not counted yet");
  for (let sec = 0; sec < 1e6; sec += 100) all.roundTrip(answered("/a", 1e6, sec));
  assert.ok(sumOf(all.snapshot(0, 1e6)).count <= 1);
});

Deno.test("a reset forgets all, and may group anew", () => {
  const all = filled();
  all.reset(dimensionsOf("status"), { sec: 1100, nsec: 0 });
  all.roundTrip(answered("/a", 1e6, 1101, true));
  all.unanswered(asked("/a", 1101));
  const snapshot = all.snapshot(1000, 1102);
  assert.deepEqual(sorted(snapshot, "status").map(({ labels }) => labels[0]), ["500", "no answer"]);
  assert.equal(snapshot.fromSec, 1100);
});

Deno.test("the sparkline has the last minute, the newest at its end", () => {
  const all = stats();
  for (let i = 0; i < 8; i++) all.roundTrip(answered("/a", 0, 1000));
  all.roundTrip(answered("/a", 0, 1030));
  all.roundTrip(answered("/a", 0, 900));
  const [group] = all.snapshot(1000, 1059).groups;
  assert.equal(sparkline(group.recent.counts(1059), 4), "█ ▁ ");
  assert.equal(sparkline(group.recent.counts(1089), 4), "▁".padStart(1).padEnd(4).replace("▁", "█"));
  assert.equal(sparkline(group.recent.counts(2000), 4), "    ");
});

Deno.test("what is not known is named with the near miss", () => {
  assert.throws(
    () => dimensionsOf("protocol,endpont"),
    /no group 'endpont'; did you mean endpoint\? there are protocol, /,
  );
  assert.throws(() => checkSort("p98", dimensionsOf("status")), /no column 'p98'; did you mean p90\? there are rate, /);
  checkSort("status", dimensionsOf("status"));
  assert.deepEqual(dimensionsOf("status, protocol,status").map(({ name }) => name), ["status", "protocol"]);
});

Deno.test("two captures side by side: the change where it can be told, a mark where it cannot", () => {
  const before = stats(), after = stats();
  for (let i = 0; i < 1000; i++) {
    before.roundTrip(answered("/slower", 1e6 + i));
    after.roundTrip(answered("/slower", 2e6 + i));
    before.roundTrip(answered("/same", 1e6));
    after.roundTrip(answered("/same", 1.005e6));
  }
  for (let i = 0; i < 20; i++) {
    before.roundTrip(answered("/few", 1e6));
    after.roundTrip(answered("/few", 3e6));
  }
  before.roundTrip(answered("/gone", 1e6));
  after.roundTrip(answered("/new", 1e6));
  const both = [before.snapshot(1000, 1001), after.snapshot(1000, 1001)] as const;
  const lines = compareText(...both, "endpoint", Infinity).split("\n");
  const changes = (path: string) =>
    lines.find((line) => line.startsWith(path + " "))!.match(/(?<= )([+-]\d+%|x\d+|=|\?|new|gone)(?= |$)/g);
  assert.deepEqual(changes("/slower"), ["+100%", "+100%", "+100%", "+100%"]);
  assert.deepEqual(changes("/same"), ["=", "=", "=", "="]);
  assert.deepEqual(changes("/few"), ["+200%", "?", "?", "?"]);
  assert.deepEqual(changes("/gone"), ["gone", "gone", "gone", "gone"]);
  assert.deepEqual(changes("/new"), ["new", "new", "new", "new"]);
  const { groups } = JSON.parse(compareJson(...both, "endpoint", Infinity));
  assert.deepEqual([groups[0].endpoint, groups[0].p90Change, groups[0].countThen], ["/few", null, 20]);
  assert.equal(compareCsv(...both, "endpoint", 2).split("\r\n").length, 4);
});
