/** Pipelines run their steps in order, and nothing twice; filters end a way. */
import assert from "node:assert/strict";
import type { RoundTrip } from "../../src/core/roundtrip.ts";
import { type FilterOptions, FilterStep } from "../../src/process/filter.ts";
import { Pipelines } from "../../src/process/pipelines.ts";
import { filterFamilies } from "../../src/process/self.ts";
import type { Step } from "../../src/process/step.ts";
import { answered, type Asked, asked } from "./round_trips.ts";

function recorder(ran: string[], name: string, goesOn = true, rendersText?: boolean): Step {
  const step = (roundTrip: RoundTrip) => {
    ran.push(`${name}${roundTrip.answered ? "" : "?"}`);
    return goesOn;
  };
  return { rendersText, roundTrip: step, unanswered: step };
}

const one = answered({ path: "/", status: 200 }), other = asked({ path: "/", status: 0 });

Deno.test("steps run in order, and a false ends this pipeline only", () => {
  const ran: string[] = [];
  const step = (name: string, goesOn = true) => recorder(ran, name, goesOn);
  const pipelines = new Pipelines([[step("a"), step("b", false), step("c")], [step("d"), step("e")]]);
  pipelines.roundTrip(one);
  pipelines.unanswered(other);
  assert.deepEqual(ran, ["a", "b", "d", "e", "a?", "b?", "d?", "e?"]);
});

Deno.test("a step in several pipelines runs once for a round trip, and its verdict holds in all of them", () => {
  const ran: string[] = [];
  const metrics = recorder(ran, "metrics"), filter = recorder(ran, "filter", false), traces = recorder(ran, "traces");
  const pipelines = new Pipelines([[metrics, metrics], [filter, traces], [metrics, filter, traces], []]);
  pipelines.roundTrip(one);
  pipelines.roundTrip(one);
  assert.deepEqual(ran, ["metrics", "filter", "metrics", "filter"]);
});

Deno.test("a step behind a filter runs when another pipeline brings the round trip to it", () => {
  const ran: string[] = [];
  const filter = recorder(ran, "filter", false), metrics = recorder(ran, "metrics");
  new Pipelines([[filter, metrics], [metrics]]).roundTrip(one);
  assert.deepEqual(ran, ["filter", "metrics"]);
});

Deno.test("text is needed when one step needs it, or does not say", () => {
  const rendersText = (...needs: (boolean | undefined)[]) =>
    new Pipelines([needs.map((need) => recorder([], "", true, need))]).rendersText;
  assert.equal(rendersText(false, false), false);
  assert.equal(rendersText(false, true), true);
  assert.equal(rendersText(undefined), true);
  assert.equal(new Pipelines([]).rendersText, false);
});

function filter(options: Partial<FilterOptions>): FilterStep {
  return new FilterStep({ name: "roundtripsfilter", sample: 1, ...options });
}

const pathIs = (path: string) => ({ detail }: RoundTrip) => (detail as Asked).path === path;

Deno.test("where keeps what it accepts, drop takes it away, and both see requests without an answer", () => {
  const step = filter({ where: ({ answered }) => answered, drop: pathIs("/health") });
  const paths = ["/", "/health"].map((path) => step.roundTrip(answered({ path, status: 200 })));
  assert.deepEqual([...paths, step.unanswered(other)], [true, false, false]);
  assert.deepEqual([step.seen, step.accepted, step.kept], [3, 1, 1]);
  assert.deepEqual(filterFamilies([step]).map(({ name, samples }) => `${name} ${JSON.stringify(samples)}`), [
    'packetd_filter_seen_round_trips_total [{"labels":{"filter":"roundtripsfilter"},"value":3}]',
    'packetd_filter_accepted_round_trips_total [{"labels":{"filter":"roundtripsfilter"},"value":1}]',
    'packetd_filter_kept_round_trips_total [{"labels":{"filter":"roundtripsfilter"},"value":1}]',
  ]);
});

Deno.test("the share that is kept holds at any time, for all and for every n-th, and is the same each time", () => {
  for (const sample of [0.001, 0.01, 0.1, 1 / 3, 0.5, 0.9]) {
    for (const period of [1, 2, 3, 4, 7, 10]) {
      const steps = [filter({ sample }), filter({ sample })];
      let kept = 0, seen = 0;
      for (let i = 0; i < 20_000; i++) {
        const [keeps, again] = steps.map((step) => step.roundTrip(one));
        assert.equal(keeps, again);
        if (i % period !== 0) continue;
        seen++;
        if (keeps) kept++;
        assert.ok(Math.abs(kept - sample * seen) < 8, `${kept} of ${seen}, every ${period}th, share ${sample}`);
      }
    }
  }
  const all = filter({});
  for (let i = 0; i < 1000; i++) assert.ok(all.roundTrip(one));
});

Deno.test("a filter that only samples needs no text", () => {
  assert.equal(filter({ sample: 0.5 }).rendersText, false);
  assert.equal(filter({ where: () => true }).rendersText, true);
});
