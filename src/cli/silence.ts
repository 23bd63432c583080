/** Why nothing was printed: the sentence that spares the user a search. */
import type { Ledger } from "../core/ledger.ts";
import { ANY_PORT, AUTO, type Rule } from "../core/rule.ts";
import { protocolNames } from "../protocols/registry.ts";
import { durationText } from "../core/time.ts";
import type { CaptureOptions } from "./capture_options.ts";
import type { Choice } from "./selection.ts";
import { plural } from "./summary.ts";

type Asked =
  & Pick<CaptureOptions, "rules" | "file" | "filter" | "slowNs" | "errorsOnly" | "where">
  & Pick<Choice, "unanswered">;

/** The most reasons of flows that are told, those of most flows first. */
const REASONS = 8;

/** @param rejected packets that the filter of a file kept back */
export function whySilent(ledger: Ledger, rejected: number, asked: Asked): string[] {
  if (ledger.packets === 0) return [whyNoPackets(rejected, asked)];
  if (ledger.matched === 0) {
    const undecoded = [...ledger.undecoded.counts].map(([reason, count]) => `${reason} (${plural(count, "packet")})`);
    return [
      ...undecoded,
      `none of ${plural(ledger.packets, "packet")} matched ${rulesText(asked.rules)}; ` +
      "name the protocol and the server's port with --proto",
    ];
  }
  const sum = { requests: 0, paired: 0, unanswered: 0, lost: 0, alone: 0, flows: 0, midStream: 0 };
  for (const protocol of ledger.protocols.values()) {
    sum.requests += protocol.requests;
    sum.paired += protocol.paired;
    sum.unanswered += protocol.unanswered;
    sum.lost += protocol.lost;
    sum.alone += protocol.responsesAlone;
    sum.flows += protocol.flows;
    sum.midStream += protocol.midStreamFlows;
  }
  const choice = sum.paired + (asked.unanswered ? sum.unanswered : 0);
  if (choice > 0) return [whyNoneChosen(choice, sum.unanswered, asked)];
  const reasons = [...ledger.flowReasons.counts].sort((a, b) => b[1] - a[1]).slice(0, REASONS)
    .map(([reason, flows]) => `${reason} (${plural(flows, "flow")})`);
  const hidden = ledger.flowReasons.counts.size - reasons.length;
  if (hidden > 0) reasons.push(`${plural(hidden, "more reason")}: see the flows not decoded above`);
  const encrypted = sumOf(ledger, (reason) => / speaks TLS\b/.test(reason));
  if (encrypted > 0) reasons.push(`${plural(encrypted, "flow")} encrypted with TLS, which is not decrypted`);
  if (sum.requests > 0 && sum.alone > 0) {
    reasons.push("requests and responses were seen, but none that surely belong together; see what was lost above");
  } else if (sum.requests > 0) {
    const hint = asked.unanswered ? "" : "; --unanswered prints them";
    reasons.push(`only requests were seen: the servers never answered, or the capture holds one direction only${hint}`);
  } else if (sum.alone > 0) {
    reasons.push("only responses were seen: the capture began mid-stream, or holds one direction only");
  } else if (reasons.length === 0) {
    reasons.push("no request and no response was recognised in what these ports carried");
  }
  const isAll = sum.midStream === sum.flows;
  if (sum.midStream > 0 && (isAll || sum.lost + sum.alone > 0)) {
    const which = isAll && sum.flows > 1 ? `all ${plural(sum.midStream, "flow")}` : plural(sum.midStream, "flow");
    reasons.push(`${which} had begun before the capture did`);
  }
  return reasons;
}

function whyNoPackets(rejected: number, { file, filter, rules }: Asked): string {
  if (rejected > 0) return `none of ${plural(rejected, "packet")} passes --filter '${filter}'`;
  if (file !== "") return "the capture holds no packets";
  return `no packet of ${rulesText(rules)} came by${filter === "" ? "" : ` that passes --filter '${filter}'`}`;
}

function whyNoneChosen(
  choice: number,
  withoutAnswer: number,
  { slowNs, errorsOnly, where, unanswered }: Asked,
): string {
  const wanted = [];
  if (errorsOnly) wanted.push("reports an error");
  if (slowNs > 0) wanted.push(`took ${durationText(slowNs)} or longer`);
  if (where !== "") wanted.push(`is what --where '${where}' wants`);
  const hint = where === "" || unanswered || withoutAnswer === 0
    ? ""
    : `; --unanswered also asks it of ${plural(withoutAnswer, "request")} without an answer`;
  return `none of ${plural(choice, "round trip")} ${wanted.join(" and ")}${hint}`;
}

function sumOf(ledger: Ledger, isMeant: (reason: string) => boolean): number {
  let flows = 0;
  for (const [reason, count] of ledger.flowReasons.counts) if (isMeant(reason)) flows += count;
  return flows;
}

function rulesText(rules: readonly Rule[]): string {
  const anywhere = new Set(rules.filter(({ anyPort }) => anyPort).map(({ protocol }) => protocol));
  if (anywhere.size === protocolNames.length) return `${AUTO} (any port)`;
  return rules.map(({ protocol, ports, anyPort, host }) => {
    const where = host === "" ? "" : ` on ${host}`;
    return `${protocol} (port ${[...ports, ...(anyPort ? [ANY_PORT] : [])].join(", ")}${where})`;
  }).join(", ");
}
