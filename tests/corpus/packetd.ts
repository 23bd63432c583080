/** What packetd prints of a capture. */
import { type Packet, replay } from "../tools/replay.ts";
import type { Reading } from "./protocols.ts";
import type { Printed } from "./transaction.ts";

/** Round trips of one protocol on these ports of servers. */
export function printedBy(packets: readonly Packet[], reading: Reading, ports: readonly number[]): Printed[] {
  const { lines } = replay(packets, [{ protocol: reading.name, ports, host: "" }], true);
  return lines.flatMap((line) => {
    const { Request, Response } = JSON.parse(line);
    const transaction = reading.printed(Request, Response);
    if (transaction === undefined) return [];
    return {
      ...transaction,
      port: Request.Port,
      responsePort: Response.Port,
      requestNs: nanoseconds(Request.Time),
      responseNs: nanoseconds(Response.Time),
    };
  });
}

/** Nanoseconds of the epoch of a time as RFC 3339 has it. */
function nanoseconds(time: string): bigint {
  const [, seconds, fraction = "", zone] = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time)!;
  return BigInt(Date.parse(seconds + zone)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
