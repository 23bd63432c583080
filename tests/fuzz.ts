/**
 * `deno task fuzz [--minutes N] [--seed S] [PROTOCOL...]`: damaged copies of every recorded case. Whatever the bytes
 * are, nothing throws or hangs, the account adds up, memory stays flat, and a good conversation afterwards still
 * decodes. Prints the seed of what fails, so that it can be run again.
 */
import assert from "node:assert/strict";
import { JsonWriter } from "../src/core/json.ts";
import { JsonLines } from "../src/export/json_lines.ts";
import { Lane } from "../src/lane/lane.ts";
import { type Case, claimsOf, loadCase, recordedProtocols } from "./tools/cases.ts";
import { seeded } from "./tools/random.ts";
import { type Packet, replay } from "./tools/replay.ts";
import { tcpPlace } from "./tools/segments.ts";

/** One damaged case may take this long; what takes longer is as good as a hang. */
const SLOWEST_MS = 10_000;
/** What one damaged case may leave behind on average, once garbage is gone. */
const GROWTH_BYTES = 64 * 1024 * 1024;
/** Cases larger than this only slow the search down. */
const LARGEST_BYTES = 100_000;

type Random = () => number;
type Damage = (bytes: Uint8Array, from: number, random: Random) => Uint8Array;

const pick = (random: Random, count: number) => Math.trunc(random() * count);

/** Ways to damage the payload of a packet, which begins at `from`. */
const damages: readonly Damage[] = [
  (bytes, from, random) => { // one bit
    bytes[from + pick(random, bytes.length - from)] ^= 1 << pick(random, 8);
    return bytes;
  },
  (bytes, from, random) => { // one byte, to a telling value
    bytes[from + pick(random, bytes.length - from)] = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x30][pick(random, 8)];
    return bytes;
  },
  (bytes, from, random) => { // four bytes: a length that lies
    const at = from + pick(random, bytes.length - from);
    const length = [0xffffffff, 0x7fffffff, 0x80000000, 0, 1, 0x01000000][pick(random, 6)];
    for (let i = 0; i < 4 && at + i < bytes.length; i++) bytes[at + i] = length >>> (24 - 8 * i);
    return bytes;
  },
  (bytes, from, random) => { // noise
    const at = from + pick(random, bytes.length - from);
    for (let i = at; i < Math.min(bytes.length, at + 32); i++) bytes[i] = pick(random, 256);
    return bytes;
  },
  (bytes, from, random) => { // a part repeated over the rest
    const at = from + pick(random, bytes.length - from), size = 1 + pick(random, 16);
    for (let i = at + size; i < bytes.length; i++) bytes[i] = bytes[i - size];
    return bytes;
  },
  (bytes, from, random) => bytes.slice(0, from + pick(random, bytes.length - from)), // cut by the snap length
];

function damaged(packets: readonly Packet[], random: Random): Packet[] {
  const share = 0.02 + random() * 0.2;
  return packets.flatMap((packet) => {
    if (random() >= share) return [packet];
    if (random() < 0.1) return [];
    const from = tcpPlace(packet)?.payload ?? 42;
    if (packet.bytes.length <= from) return [packet];
    let bytes: Uint8Array = packet.bytes.slice();
    for (let i = pick(random, 3); i >= 0 && bytes.length > from; i--) {
      bytes = damages[pick(random, damages.length)](bytes, from, random);
    }
    return [{ ...packet, bytes }];
  });
}

/** So much later, nothing of the damaged conversation is waited for any more. */
const LATER_SECONDS = 1000;

function later(packets: readonly Packet[]): Packet[] {
  return packets.map((packet) => ({ ...packet, sec: packet.sec + LATER_SECONDS }));
}

/** Runs a damaged case and then the whole one, later, on the same lane. */
function check(recorded: Case, clean: readonly string[], seed: number): void {
  const json = new JsonWriter(), lines = new JsonLines({ showSecrets: false });
  const lane = new Lane(recorded.rules, {
    roundTrip: (roundTrip) => lines.write(roundTrip, json),
    unanswered: (roundTrip) => lines.write(roundTrip, json),
  });
  const feed = (packets: readonly Packet[]) => {
    for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
      lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
    }
  };
  const start = performance.now();
  feed(damaged(recorded.packets, seeded(seed)));
  lane.close();
  const duration = performance.now() - start;
  assert.ok(duration < SLOWEST_MS, `took ${Math.round(duration)} ms`);
  for (const line of new TextDecoder().decode(json.view()).split("\n").slice(0, -1)) JSON.parse(line);
  for (const account of lane.ledger.protocols.values()) {
    assert.ok(account.balanced() && account.pending === 0, `account does not add up: ${JSON.stringify(account)}`);
  }
  json.clear();
  feed(later(recorded.packets));
  lane.close();
  const after = new TextDecoder().decode(json.view()).split("\n").slice(0, -1);
  const answered = after.filter((line) => !line.endsWith('"Response":null,"Duration":null}'));
  assert.deepEqual(answered, clean, "a good conversation afterwards");
}

/** There with `--v8-flags=--expose-gc`. */
const collectGarbage = (globalThis as { gc?: () => void }).gc;

const args = [...Deno.args];
const option = (name: string, fallback: number) => {
  const at = args.indexOf(name);
  return at < 0 ? fallback : Number(args.splice(at, 2)[1]);
};
const deadline = performance.now() + option("--minutes", 1) * 60_000;
let seed = option("--seed", 1);
const wanted = args.length === 0 ? recordedProtocols() : args;

const cases: { recorded: Case; clean: string[] }[] = [];
for (const protocol of wanted) {
  for (const claim of claimsOf(protocol)) {
    const recorded = await loadCase(protocol, claim);
    const bytes = recorded.packets.reduce((sum, packet) => sum + packet.bytes.length, 0);
    if (bytes <= LARGEST_BYTES) cases.push({ recorded, clean: replay(later(recorded.packets), recorded.rules).lines });
  }
}
if (cases.length === 0) {
  console.error(`no cases of '${wanted.join("', '")}'; there are: ${recordedProtocols().join(", ")}`);
  Deno.exit(2);
}

let runs = 0, failed = 0, settled = 0;
for (; performance.now() < deadline && failed === 0; seed++) {
  for (const { recorded, clean } of cases) {
    try {
      check(recorded, clean, seed);
      runs++;
    } catch (error) {
      failed++;
      console.error(
        `${recorded.protocol}/${recorded.claim}, seed ${seed}: ${error instanceof Error ? error.stack : error}`,
      );
    }
  }
  collectGarbage?.();
  const { heapUsed } = Deno.memoryUsage();
  if (settled === 0 && runs >= 200) settled = heapUsed;
  if (settled > 0 && heapUsed > settled + GROWTH_BYTES) {
    failed++;
    console.error(`memory grew from ${settled} to ${heapUsed} bytes by seed ${seed}`);
  }
}
console.log(`${runs} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
