/**
 * Every recorded case gives its expected lines: whole, with every segment cut into single bytes, and with each
 * segment cut in two at every index (all of them in captures up to 8 KB of payload, else a seeded sample).
 */
import assert from "node:assert/strict";
import type { Ledger } from "../src/core/ledger.ts";
import type { Rule } from "../src/core/rule.ts";
import { protocols } from "../src/protocols/mod.ts";
import { seeded } from "./tools/random.ts";
import { type Packet, packetsOf, replay } from "./tools/replay.ts";
import { byteByByte, cut, tcpPlace } from "./tools/segments.ts";

const ALL_INDICES_BYTES = 8192;
const SAMPLE = 300;
const root = new URL("./cases/", import.meta.url);

interface Case {
  readonly name: string;
  readonly packets: Packet[];
  readonly rules: Rule[];
  readonly expected: string[];
}

function folders(url: URL): string[] {
  return [...Deno.readDirSync(url)].filter((entry) => entry.isDirectory).map((entry) => entry.name).sort();
}

/** The server's ports stand in the expected lines; the protocol's own are added for cases that expect none. */
function portsIn(lines: readonly string[], defaults: readonly number[]): number[] {
  const ports = new Set(defaults);
  for (const line of lines) {
    const { Request, Response } = JSON.parse(line);
    ports.add(
      Response.Port === undefined || Request.Port < Response.Port && defaults.includes(Request.Port)
        ? Request.Port
        : Response.Port,
    );
  }
  return [...ports];
}

async function load(protocol: string, claim: string, defaults: readonly number[]): Promise<Case> {
  const folder = new URL(`${protocol}/${claim}/`, root);
  const text = await Deno.readTextFile(new URL("expected.jsonl", folder));
  const expected = text.split("\n").filter((line) => line !== "");
  const packets = await packetsOf(new URL("input.pcap", folder).pathname);
  const rules = [{ protocol, ports: portsIn(expected, defaults), host: "" }];
  return { name: `${protocol}/${claim}`, packets, rules, expected };
}

function assertBalanced(ledger: Ledger): void {
  for (const account of ledger.protocols.values()) {
    assert.ok(account.balanced(), `the account of ${account.protocol} does not add up: ${JSON.stringify(account)}`);
    assert.equal(account.pending, 0, "something is still pending at the end");
  }
}

function assertSame(found: { lines: string[]; ledger: Ledger }, expected: string[], how: string): void {
  assert.deepEqual(found.lines, expected, how);
  assertBalanced(found.ledger);
}

/** Every way to cut one segment in two, or a sample of them. */
function* splits(packets: readonly Packet[]): Generator<{ packet: number; offset: number }> {
  const lengths = packets.map((packet) => {
    const place = tcpPlace(packet);
    return place === undefined ? 0 : Math.max(0, place.end - place.payload - 1);
  });
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const share = total <= ALL_INDICES_BYTES ? 1 : SAMPLE / total;
  const random = seeded(1);
  for (const [packet, length] of lengths.entries()) {
    for (let offset = 1; offset <= length; offset++) if (share === 1 || random() < share) yield { packet, offset };
  }
}

for (const protocol of protocols) {
  Deno.test(`${protocol.name} has recorded cases`, () => {
    assert.ok(folders(root).includes(protocol.name) && folders(new URL(`${protocol.name}/`, root)).length > 0);
  });
}

for (const name of folders(root)) {
  const defaults = protocols.find((protocol) => protocol.name === name)?.ports ?? [];
  for (const claim of folders(new URL(`${name}/`, root))) {
    Deno.test(`case ${name}/${claim}`, async (t) => {
      const { packets, rules, expected } = await load(name, claim, defaults);
      await t.step("whole", () => assertSame(replay(packets, rules), expected, "whole"));
      await t.step("byte by byte", () => assertSame(replay(byteByByte(packets), rules), expected, "byte by byte"));
      await t.step("cut in two at every index", () => {
        for (const { packet, offset } of splits(packets)) {
          const pieces = cut(packets[packet], tcpPlace(packets[packet])!, [offset]);
          const changed = [...packets.slice(0, packet), ...pieces, ...packets.slice(packet + 1)];
          assertSame(replay(changed, rules), expected, `packet ${packet} cut at ${offset}`);
        }
      });
    });
  }
}
