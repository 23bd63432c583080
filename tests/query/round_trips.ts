/** Round trips to ask expressions about: a made conversation, and every recorded one. */
import type { RoundTrip } from "../../src/core/roundtrip.ts";
import type { Rule } from "../../src/core/rule.ts";
import { Lane } from "../../src/lane/lane.ts";
import { compileExpression } from "../../src/query/mod.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { Talk } from "../tools/build.ts";
import { claimsOf, loadCase, recordedProtocols } from "../tools/cases.ts";
import type { Packet } from "../tools/replay.ts";

/** Shows each round trip while it may be asked: its text lies in bytes that are used again. */
export function visit(packets: Iterable<Packet>, rules: readonly Rule[], visitor: (roundTrip: RoundTrip) => void) {
  const lane = new Lane(rules, { roundTrip: visitor, unanswered: visitor });
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  lane.close();
}

export async function visitAllCases(visitor: (roundTrip: RoundTrip, claim: string) => void): Promise<void> {
  for (const protocol of recordedProtocols()) {
    for (const claim of claimsOf(protocol)) {
      const { packets, rules } = await loadCase(protocol, claim);
      visit(packets, rules, (roundTrip) => visitor(roundTrip, `${protocol}/${claim}`));
    }
  }
}

const rules = [{ protocol: "http", ports: [80], host: "" }];

/** From 10.0.0.1:40000 to 10.0.0.2:80; the last one is never answered. */
const { packets } = new Talk(80).handshake()
  .client("GET /api/1?token=s3cret HTTP/1.1\r\nHost: shop\r\n\r\n")
  .server("HTTP/1.1 200 OK\r\nContent-Length: 1500\r\n\r\n" + "x".repeat(1500))
  .client("POST /api/2 HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\nabcd")
  .pause(99).server("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
  .client("DELETE /a(b) HTTP/1.1\r\nHost: shop\r\n\r\n");

/** The methods of those that an expression accepts: GET (1 ms, 200), POST (100 ms, 503), DELETE (no answer). */
export function accepted(expression: string): string {
  const accepts = compileExpression(expression, protocols);
  const methods: string[] = [];
  visit(packets, rules, (roundTrip) => {
    if (accepts(roundTrip)) methods.push(roundTrip.protocol.labels["request.method"].read(roundTrip));
  });
  return methods.join(" ");
}
