/** What clients say of their requests, what was meant with them, and what packetd prints of both. */
import { differences, type Expected } from "../compare.ts";
import type { Json, Line, Step } from "../harness.ts";

/** A request as its client told it: `Fetch v18 of console-consumer, 13`. */
export type Told = string;

export function told(api: string, version: number, clientId: string, correlationId: number): Told {
  return `${api} v${version} of ${clientId}, ${correlationId}`;
}

function printed({ Request }: Line): Told {
  const { API, APIVersion, ClientID, CorrelationID } = Request.Packet as Record<string, Json>;
  return told(String(API), Number(APIVersion), String(ClientID), Number(CorrelationID));
}

/** Everything that a client sent. */
export interface Sent {
  readonly told: readonly Told[];
  /** How many more requests it sent that want no answer. */
  readonly oneWay: number;
}

type About = { readonly Topic?: string; readonly GroupID?: string };

/** A part of a round trip. */
export function operation(API: string, about: About = {}, ErrorCode = "NoError"): Expected {
  return { Request: { Packet: { API, ...about } as Json }, Response: { ErrorCode } };
}

/** What clients do unasked, as often as they like. */
const UNASKED = [
  ...["ApiVersions", "DescribeCluster", "FindCoordinator", "InitProducerId"].map((api) => operation(api)),
  // As much as there is, and as long as they are members of a group.
  ...["Fetch", "Heartbeat", "ConsumerGroupHeartbeat"].map((api) => operation(api)),
  // Until a new topic is known everywhere.
  { Request: { Packet: { API: "Metadata" } }, Response: {} },
];

/** What a broker says that is not ready yet: clients ask again. */
const NOT_READY = new Set<Json>([
  "ConcurrentTransactions",
  "CoordinatorLoadInProgress",
  "CoordinatorNotAvailable",
  "LeaderNotAvailable",
  "NotCoordinator",
  "NotLeaderOrFollower",
]);

/**
 * A step of which packetd must print each request that the client sent, once, and nothing else; and among them the
 * script, in this order, with nothing else than what clients do unasked.
 */
export function scripted(name: string, run: () => Promise<Sent>, script: readonly Expected[]): Step {
  const operations = new Set(script); // in a load, the same many times
  return {
    name,
    async run() {
      const sent = await run();
      const isMeant = (line: Line) => {
        if (NOT_READY.has(line.Response?.ErrorCode ?? null)) return false;
        return operations.values().some((one) => isLike(line, one)) || !UNASKED.some((one) => isLike(line, one));
      };
      return {
        expected: (lines) => [...unlikeTold(lines, sent.told), ...differences(lines.filter(isMeant), script)],
        oneWay: sent.oneWay,
      };
    },
  };
}

function isLike(line: Line, part: Expected): boolean {
  return differences([line], [part]).length === 0;
}

function unlikeTold(lines: readonly Line[], sent: readonly Told[]): string[] {
  const counts = new Map<Told, number>();
  for (const one of sent) counts.set(one, (counts.get(one) ?? 0) + 1);
  for (const one of lines.map(printed)) counts.set(one, (counts.get(one) ?? 0) - 1);
  return [...counts].filter(([, count]) => count !== 0).slice(0, 12).map(([one, count]) =>
    count > 0 ? `sent, but not printed: ${one}` : `printed, but not sent: ${one}`
  );
}
