/** The recorded cases in `tests/cases/PROTOCOL/CLAIM/`: a capture, the lines that it must give, where it came from. */
import { protocols } from "../../src/protocols/mod.ts";
import type { Rule } from "../../src/core/rule.ts";
import { type Packet, packetsOf } from "./replay.ts";

const root = new URL("../cases/", import.meta.url);

export interface Case {
  readonly protocol: string;
  readonly claim: string;
  readonly packets: Packet[];
  readonly rules: Rule[];
  /** JSON lines. */
  readonly expected: string[];
}

function folders(url: URL): string[] {
  return [...Deno.readDirSync(url)].filter((entry) => entry.isDirectory).map((entry) => entry.name).sort();
}

/** Protocols that have cases. */
export function recordedProtocols(): string[] {
  return folders(root);
}

/** The claims of a protocol's cases; none when it has no folder. */
export function claimsOf(protocol: string): string[] {
  return recordedProtocols().includes(protocol) ? folders(new URL(`${protocol}/`, root)) : [];
}

export async function loadCase(protocol: string, claim: string): Promise<Case> {
  const folder = new URL(`${protocol}/${claim}/`, root);
  const expected = await linesOf(protocol, claim, "expected.jsonl");
  const name = [...Deno.readDirSync(folder)].map((entry) => entry.name).find((name) => name.startsWith("input."));
  const packets = await packetsOf(new URL(name ?? "input.pcap", folder).pathname);
  return { protocol, claim, packets, rules: [{ protocol, ports: portsIn(protocol, expected), host: "" }], expected };
}

/** Lines of another file in a case's folder: what other options than the usual ones give. */
export async function linesOf(protocol: string, claim: string, file: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(`${protocol}/${claim}/${file}`, root));
  return text.split("\n").filter((line) => line !== "");
}

/** The servers' ports: they stand in the expected lines, and the protocol's own are added. */
function portsIn(protocol: string, lines: readonly string[]): number[] {
  const ports = new Set(protocols.find(({ name }) => name === protocol)?.ports ?? []);
  for (const line of lines) {
    const { Request, Response } = JSON.parse(line);
    // A server may ask too; the client's port is then the ephemeral one, which is higher.
    ports.add(Math.min(Request.Port, Response.Port));
  }
  return [...ports];
}
