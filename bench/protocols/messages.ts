/** What decoding costs: a million messages of each protocol, copies of its recorded cases, beside those of HTTP. */
import { compared, median } from "../measure.ts";
import { protocolNames } from "../recorded.ts";
import type { Row } from "../table.ts";
import { Thread, threadsInTurns } from "../thread.ts";
import type { Decoded, Task } from "./messages_worker.ts";

const RUNS = 3;
/** A million messages; the rival is also measured with fewer. */
const ROUND_TRIPS = 500_000, RIVAL_ROUND_TRIPS = 50_000;
const HTTP = "http";

export async function protocolMessages(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const protocol of protocolNames) {
    if (protocol === HTTP) continue;
    const [decoded, rivals] = await threadsInTurns(
      RUNS,
      () => decoding(protocol, ROUND_TRIPS),
      () => decoding(HTTP, RIVAL_ROUND_TRIPS),
    );
    const ns = (all: readonly Decoded[]) => all.map(({ nsPerMessage }) => nsPerMessage);
    const each = (all: readonly Decoded[]) => `${median(ns(all)).toFixed(0)} ns`;
    const speed = median(decoded.map(({ bytesPerSecond }) => bytesPerSecond));
    rows.push({
      group: "protocols/messages",
      name: `a message of ${protocol}, of all cases`,
      figure: `${each(decoded)}, ${Math.round(speed / 1e6)} MB/s`,
      ...compared(ns(decoded), ns(rivals)),
      rival: `one of ${HTTP} (${each(rivals)})`,
    });
  }
  return rows;
}

function decoding(protocol: string, roundTrips: number): Thread<Task, Decoded> {
  return new Thread(new URL("messages_worker.ts", import.meta.url), { protocol, roundTrips });
}
