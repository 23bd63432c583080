/** What is sent over the cable: the recorded cases, and other people's captures where `PACKETD_CORPUS` names a folder. */
import type { Rule } from "../../../src/core/rule.ts";
import { Folder } from "../../corpus/folder.ts";
import { readings } from "../../corpus/protocols.ts";
import { claimsOf, loadCase, recordedProtocols } from "../../tools/cases.ts";
import { type Packet, packetsOf } from "../../tools/replay.ts";

export interface Recording {
  readonly packets: readonly Packet[];
  readonly rules: readonly Rule[];
}

export async function* recordings(): AsyncGenerator<Recording> {
  for (const protocol of recordedProtocols()) {
    for (const claim of claimsOf(protocol)) yield await loadCase(protocol, claim);
  }
  const path = Deno.env.get("PACKETD_CORPUS") ?? "";
  if (path !== "") yield* capturesOf(new Folder(path));
}

async function* capturesOf(folder: Folder): AsyncGenerator<Recording> {
  for (const capture of await folder.captures()) {
    const rules: Rule[] = [];
    for (const { name, truth, ports } of readings) {
      const text = await folder.known(capture, `${truth}.json`);
      if (text === undefined) continue;
      const known: { server_ports?: number[] } = JSON.parse(text);
      rules.push({ protocol: name, ports: ports ?? known.server_ports ?? [], host: "" });
    }
    if (rules.length > 0) yield { packets: await packetsOf(capture.path), rules };
  }
}
