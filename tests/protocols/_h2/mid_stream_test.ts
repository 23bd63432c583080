/** Captures of HTTP/2 and gRPC whose beginning, or one packet, is cut off: no field is wrong, what is unknown says so. */
import assert from "node:assert/strict";
import { claimsOf, loadCase } from "../../tools/cases.ts";
import { replay } from "../../tools/replay.ts";
import { tcpPlace } from "../../tools/segments.ts";

const UNKNOWN = "<unknown>", MASK = "***";
/** Cut points of a capture, and packets that are taken out, one at a time. */
const CUTS = 24, HOLES = 40;

// deno-lint-ignore no-explicit-any -- what JSON.parse gives
type Json = any;

function keyOf({ Request, Response }: Json): string {
  return `${Request.Port} ${Response.Port} ${Request.StreamID ?? Request.URL}`;
}

/** Every value is that of the whole capture, or says that it is not known. */
function assertNothingWrong(found: Json, whole: Json, where: string, sizesMayLack: boolean): void {
  for (const [name, value] of Object.entries<Json>(found)) {
    const at = `${where}.${name}`;
    const expected = whole[name];
    if (name === "Header" || name === "Metadata") assertFields(value, expected, at);
    else if (value !== null && typeof value === "object") assertNothingWrong(value, expected, at, sizesMayLack);
    else if (sizesMayLack && name === "Size") assert.ok(value <= expected, at);
    else if (value !== UNKNOWN) assert.equal(value, expected, at);
  }
}

/** Each value is one that was sent under its name; a name that is not known stands for any. */
function assertFields(found: Record<string, string[]>, whole: Record<string, string[]>, where: string): void {
  for (const [name, values] of Object.entries(found)) {
    if (name === UNKNOWN) assert.ok(values.every((value) => value === UNKNOWN || value === MASK), `${where}.${name}`);
    else {
      const left = [...whole[name] ?? []];
      for (const value of values) {
        assert.ok(left.includes(value), `${where}.${name}: ${value}`);
        left.splice(left.indexOf(value), 1);
      }
    }
  }
}

/** Up to `count` numbers below `end`, evenly spread. */
function spread(count: number, end: number): number[] {
  const step = Math.max(1, end / count);
  return Array.from({ length: Math.min(count, end) }, (_, i) => Math.floor(i * step));
}

for (const protocol of ["http2", "grpc"]) {
  for (const claim of claimsOf(protocol)) {
    Deno.test(`${protocol}/${claim} with its beginning, or a packet, cut off`, async () => {
      const { packets, rules, expected } = await loadCase(protocol, claim);
      const whole = new Map(expected.map((line) => [keyOf(JSON.parse(line)), JSON.parse(line)]));
      const judge = (lines: string[], where: string, sizesMayLack: boolean) => {
        for (const line of lines) {
          const found = JSON.parse(line);
          const original = whole.get(keyOf(found));
          assert.ok(original !== undefined, `${where}: ${line} is not in the whole capture`);
          assertNothingWrong(found, original, `${where}: ${keyOf(found)}`, sizesMayLack);
        }
      };
      for (const from of spread(CUTS, packets.length)) {
        const { lines, ledger } = replay(packets.slice(from), rules);
        judge(lines, `from packet ${from}`, false);
        for (const account of ledger.protocols.values()) assert.ok(account.balanced());
      }
      // Of bytes that were sent twice, the second sending would take the place of the first.
      const sent = packets.map((packet) => {
        const place = tcpPlace(packet);
        if (place === undefined || place.end === place.payload) return "";
        return packet.bytes.subarray(place.header, place.header + 8).join(); // ports and sequence number
      });
      const loaded = packets.flatMap((_, i) =>
        sent[i] !== "" && sent.indexOf(sent[i]) === sent.lastIndexOf(sent[i]) ? [i] : []
      );
      for (const index of spread(HOLES, loaded.length)) {
        const { lines, ledger } = replay(packets.filter((_, i) => i !== loaded[index]), rules);
        judge(lines, `without packet ${loaded[index]}`, true);
        for (const account of ledger.protocols.values()) assert.ok(account.balanced());
      }
    });
  }
}
