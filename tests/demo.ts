/**
 * `deno task demo`: packetd on captures that stand in tests/cases/, recorded from real servers. No privileges, nothing to
 * install; and no network, but for a library of `packetd stats` that is fetched when it is first used.
 */
import { plural } from "../src/cli/summary.ts";
import { JsonWriter } from "../src/core/json.ts";
import type { RoundTrip } from "../src/core/roundtrip.ts";
import { TextLines } from "../src/export/text_lines.ts";
import { Lane } from "../src/lane/lane.ts";
import { protocols } from "../src/protocols/mod.ts";
import { claimsOf, loadCase } from "./tools/cases.ts";

/** Round trips shown of each protocol; the summary counts all. */
const SHOWN = 6;
/** The capture whose table is shown. */
const TIMED = { path: "tests/cases/postgresql/simple-queries/input.pcap", proto: "postgresql;15432", top: "8" };

const lines = new TextLines({ showSecrets: false }, Deno.stdout.isTerminal() && !Deno.noColor);
const out = new JsonWriter();
const encoder = new TextEncoder();
const say = (text: string) => void Deno.stderr.writeSync(encoder.encode(text + "\n"));
const summary: string[] = [];

say("packetd reads captures of real servers and pairs each request with its response.");
for (const { name, title } of protocols) {
  const claims = claimsOf(name);
  const seen = { packets: 0, requests: 0, paired: 0, unanswered: 0, oneWay: 0, lost: 0 };
  const show = (roundTrip: RoundTrip) => {
    if (++seen.paired <= SHOWN) lines.write(roundTrip, out);
  };
  for (const claim of claims) {
    const { packets, rules } = await loadCase(name, claim);
    const lane = new Lane(rules, { roundTrip: show, unanswered: () => {} });
    for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
      lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
    }
    lane.close();
    const account = lane.ledger.of(name);
    seen.packets += lane.ledger.packets;
    seen.requests += account.requests;
    seen.unanswered += account.unanswered;
    seen.oneWay += account.oneWay;
    seen.lost += account.lost;
  }
  say(`\n${title}, ${plural(claims.length, "capture")}:`);
  Deno.stdout.writeSync(out.view());
  out.clear();
  if (seen.paired > SHOWN) say(`... and ${plural(seen.paired - SHOWN, "round trip")} more`);
  summary.push(
    `  ${name}: ${plural(seen.packets, "packet")}, ${plural(seen.requests, "request")}, ${seen.paired} paired, ` +
      `${seen.unanswered} unanswered, ${seen.oneWay} one-way, ${seen.lost} lost to gaps in the capture`,
  );
}
say(`\nEvery request is accounted for:\n${summary.join("\n")}`);
say("\nWhich requests take the time, of one of these captures:");
say(`  deno task stats --pcap.file ${TIMED.path} --proto '${TIMED.proto}' --by endpoint --top ${TIMED.top}\n`);
try {
  const { statsOptions } = await import("../src/cli/stats_options.ts");
  const { runStats } = await import("../src/cli/stats_run.ts");
  const { path, proto, top } = TIMED;
  await runStats(statsOptions({ "pcap.file": path, proto: [proto], by: "endpoint", top }));
} catch (error) {
  say(`  no table: ${(error as Error).message.split("\n")[0]}`);
}
say(`
Try next:
  deno task log --pcap.file YOUR.pcap --format text       a capture of your own, from tcpdump or Wireshark
  sudo deno task log --proto 'dns;53' --format text       what this machine asks its resolver, now
  sudo deno task log --proto 'http;80,8080' --slow 200ms  only the slow ones, as JSON lines
  deno task stats --pcap.file YOUR.pcap                   which requests take the time, as a table
  deno task log --help                                    all there is`);
