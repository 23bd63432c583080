/**
 * `deno task faults [--seeds N] [--from N] [PROTOCOL...]`: every recorded case through every weather. No pair is wrong,
 * the account adds up, nothing throws. Tells all that fails, with the seed, so that it can be run again.
 */
import { claimsOf, loadCase, recordedProtocols } from "./tools/cases.ts";
import { WeatherCheck } from "./tools/weather_check.ts";

const args = [...Deno.args];
const option = (name: string, fallback: number) => {
  const at = args.indexOf(name);
  return at < 0 ? fallback : Number(args.splice(at, 2)[1]);
};
const from = option("--from", 1), seeds = option("--seeds", 200);
const wanted = args.length === 0 ? recordedProtocols() : args;

let runs = 0, failed = 0;
for (const protocol of wanted) {
  const startMs = performance.now();
  for (const claim of claimsOf(protocol)) {
    const check = new WeatherCheck(await loadCase(protocol, claim));
    for (let seed = from; seed < from + seeds; seed++) {
      runs++;
      for (const failure of check.failures(seed)) {
        failed++;
        console.error(failure);
      }
    }
  }
  console.log(`${protocol}: ${Math.round((performance.now() - startMs) / 1000)} s`);
}
console.log(`${runs} runs, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
