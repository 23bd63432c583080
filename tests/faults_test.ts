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
