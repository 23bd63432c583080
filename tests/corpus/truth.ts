/** What an independent reading found in a capture: a JSON file for each protocol, `truth/CAPTURE.PROTOCOL.json`. */
import type { Amendments } from "./amendments.ts";
import type { Reading } from "./protocols.ts";
import type { Known } from "./transaction.ts";

/** One transaction; for AMQP, one method. Which members there are depends on the protocol. */
export interface Row {
  readonly stream: string;
  readonly frame: number;
  readonly rsp_frame?: number | null;
  readonly method?: string;
  readonly uri?: string;
  readonly host?: string;
  readonly version?: string;
  readonly status?: string;
  readonly id?: string;
  readonly qname?: string;
  readonly qtype?: string;
  readonly rcode?: string;
  readonly answers?: string;
  readonly request?: unknown;
  readonly response?: unknown;
  readonly command?: string;
  readonly statement?: string;
  readonly error?: { readonly code?: string } & string;
  readonly affected?: string;
  readonly insert_id?: string;
  readonly num_fields?: string;
  readonly kind?: string;
  readonly query?: string;
  readonly tags?: readonly string[];
  readonly opcode?: string;
  readonly request_id?: string;
  readonly full_collection?: string;
  readonly api?: string;
  readonly api_version?: string;
  readonly correlation_id?: string;
  readonly client_id?: string;
  readonly topics?: readonly string[];
  readonly path?: string;
  readonly authority?: string;
  readonly grpc_status?: string;
  readonly cls?: string;
  readonly channel?: string;
  readonly isAnswered?: boolean;
}

export interface Truth {
  readonly serverPorts: readonly number[];
  readonly transactions: readonly Known[];
  /** Frames of each stream in which a message was complete, answered or not, in order. */
  readonly messageFrames: ReadonlyMap<string, readonly number[]>;
}

interface Document {
  readonly server_ports: readonly number[];
  readonly transactions: readonly Row[];
}

/** Reads the text of a truth file. */
export function readTruth(text: string, reading: Reading, amendments: Amendments): Truth {
  const { server_ports, transactions }: Document = JSON.parse(text);
  const amended = amendments.rows(transactions);
  const rows = reading.truth === "amqp" ? answeredMethods(amended) : amended;
  const known = rows.flatMap((row): Known[] => {
    const transaction = reading.known(row);
    if (transaction === undefined) return [];
    const { stream, frame: requestFrame, rsp_frame } = row;
    return [{ isOptional: false, ...transaction, stream, requestFrame, responseFrame: rsp_frame ?? 0 }];
  });
  return {
    serverPorts: amendments.ports ?? reading.ports ?? server_ports ?? [],
    transactions: [...known, ...amendments.added],
    messageFrames: messageFrames(amended),
  };
}

function messageFrames(rows: readonly Row[]): Map<string, number[]> {
  const frames = new Map<string, number[]>();
  for (const { stream, frame, rsp_frame } of rows) {
    frames.set(stream, [...frames.get(stream) ?? [], frame, ...rsp_frame ? [rsp_frame] : []]);
  }
  for (const list of frames.values()) list.sort((a, b) => a - b);
  return frames;
}

/**
 * Methods of AMQP with the `-Ok` that answers them on the same channel. Those that have none may be paired all the same
 * where the other side closes instead.
 */
function answeredMethods(rows: readonly Row[]): Row[] {
  const nameOf = ({ method }: Row) => (method ?? "").split(" (")[0];
  const found: Row[] = [], waiting = new Map<string, Row[]>();
  const placeOf = (row: Row, name: string) => `${row.stream} ${row.channel} ${row.cls} ${name}`;
  for (const row of rows) {
    const name = nameOf(row);
    if (name.endsWith("-Ok")) {
      const asked = waiting.get(placeOf(row, name.slice(0, -3)))?.shift();
      if (asked !== undefined) found.push({ ...asked, rsp_frame: row.frame, isAnswered: true });
    } else if (name !== "") waiting.set(placeOf(row, name), [...waiting.get(placeOf(row, name)) ?? [], row]);
  }
  return rows.some((row) => nameOf(row) === "Close") ? [...found, ...[...waiting.values()].flat()] : found;
}
