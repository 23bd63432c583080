/**
 * Bad weather made from the recorded cases, seeded: packets lost, twice, overtaken, split, joined, cut, damaged. Whatever
 * happens, the account adds up and nothing throws; no pair is wrong unless bytes were changed; what loses nothing
 * changes nothing. `deno task faults` does the same with many more seeds.
 */
import assert from "node:assert/strict";
import { claimsOf, loadCase, recordedProtocols } from "./tools/cases.ts";
import { WeatherCheck } from "./tools/weather_check.ts";

const SEEDS = 2;
/** Connections at once, and the largest conversations that so many copies are made of. */
const CROWD = 1000, CROWD_PACKETS = 60;

/** Seeds that once showed something wrong: protocol, claim, seed. */
const ONCE_WRONG: readonly (readonly [protocol: string, claim: string, seed: number])[] = [
  ["http2", "interim-and-trailers", 1016], // trailers taken for a response without a status
  ["mysql", "lost-segments", 1002], // the rows of two answers taken for those of one
  ["postgresql", "prepared-in-a-round-of-its-own", 3], // the text of a statement that the server had refused
];

Deno.test("what was once wrong in bad weather is right", async () => {
  for (const [protocol, claim, seed] of ONCE_WRONG) {
    assert.deepEqual([...new WeatherCheck(await loadCase(protocol, claim)).failures(seed)], []);
  }
});

for (const protocol of recordedProtocols()) {
  Deno.test(`${protocol} in bad weather makes no wrong pair, and the account adds up`, async () => {
    for (const claim of claimsOf(protocol)) {
      const check = new WeatherCheck(await loadCase(protocol, claim));
      for (let seed = 1; seed <= SEEDS; seed++) assert.deepEqual([...check.failures(seed)], []);
    }
  });

  Deno.test(`${protocol} on a thousand connections at once gives what one gives`, async () => {
    for (const claim of claimsOf(protocol)) {
      const recorded = await loadCase(protocol, claim);
      if (recorded.packets.length > CROWD_PACKETS) continue;
      return new WeatherCheck(recorded).crowd(CROWD, 1);
    }
  });
}
