/** PostgreSQL (frontend/backend protocol 3): what is printed, counted and traced of a round trip. */
import { u32be } from "../../bytes/read.ts";
import { type Direction, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import type { JsonWriter } from "../../core/json.ts";
import { endpointLabel } from "../../core/labels.ts";
import type { Protocol, Rendering, SpanFacts } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { maskSql } from "../../core/sql_secrets.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { sqlFingerprint } from "../../process/fingerprint/mod.ts";
import { PostgresConversation } from "./conversation.ts";
import { isClientMessage, isServerMessage } from "./decoder.ts";
import {
  type Answer,
  CANCEL_REQUEST,
  COMMAND,
  FAILURE,
  GSSENC_REQUEST,
  HEADER,
  type PostgresDetail,
  SSL_REQUEST,
  STARTUP_BYTES,
  STARTUP_HEADER,
  UNKNOWN,
} from "./messages.ts";

type Pair = RoundTrip<PostgresDetail>;

/** The names of the contract for kinds of requests and of answers. */
const QUERY_KIND = "Query", DESCRIBE_KIND = "DescribePacket";
const DESCRIPTION_FLAG = "CloseCompleteOrDescribeResponse";

function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  if (direction === FROM_CLIENT && opensConnection(bytes, start, end)) return CERTAIN;
  const isMessage = direction === FROM_CLIENT ? isClientMessage : isServerMessage;
  let at = start, count = 0;
  while (end - at >= HEADER) {
    const length = u32be(bytes, at + 1);
    if (!isMessage(bytes[at], length)) return NO;
    at += 1 + length;
    count++;
  }
  // Messages that end with the segment are hardly anything else; one that goes on beyond it may be.
  if (count > 0) return at === end ? CERTAIN : UNSURE;
  if (direction !== FROM_CLIENT) return end - start < HEADER && isMessage(bytes[start], HEADER + 3) ? UNSURE : NO;
  return NO;
}

function opensConnection(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < STARTUP_HEADER) return false;
  const length = u32be(bytes, start), code = u32be(bytes, start + 4);
  if (length < STARTUP_HEADER || length > STARTUP_BYTES) return false;
  // Behind the version stand names and values (or nothing): the same four bytes begin a request of Kafka.
  if (code >>> 16 === 3) {
    return end - start === STARTUP_HEADER || length <= STARTUP_HEADER + 1 || bytes[start + STARTUP_HEADER] > 0x20;
  }
  return code === SSL_REQUEST || code === GSSENC_REQUEST || code === CANCEL_REQUEST;
}

function kindOf({ detail }: Pair): string {
  return detail.described === "" ? QUERY_KIND : DESCRIBE_KIND;
}

/** The first word of the tag: `CREATE` of `CREATE TABLE`, `INSERT` of `INSERT 0 1`. */
function commandOf({ tag }: Answer): string {
  const space = tag.indexOf(" ");
  return space < 0 ? tag : tag.slice(0, space);
}

/** The statement without its constants; empty where none was run. */
function fingerprintOf({ detail: { text, described } }: Pair): string {
  if (described !== "" || text === UNKNOWN) return described === "" ? UNKNOWN : "";
  return sqlFingerprint(text, "postgresql");
}

function sqlText(text: string, { showSecrets }: Rendering): string {
  return showSecrets ? text : maskSql(text, "postgresql");
}

function writeAnswer(answer: Answer, json: JsonWriter): void {
  if (answer.kind === COMMAND) {
    json.ascii('{"Command":');
    json.string(commandOf(answer));
    json.ascii(`,"Rows":${answer.rows}}`);
  } else if (answer.kind === FAILURE) {
    json.ascii('{"Severity":');
    json.string(answer.severity);
    json.ascii(',"SQLStateCode":');
    json.string(answer.sqlState);
    json.ascii(',"Message":');
    json.string(answer.message);
    json.ascii("}");
  } else json.ascii(`{"Flag":"${DESCRIPTION_FLAG}"}`);
}

function answerAttributes(answer: Answer): SpanAttribute[] {
  if (answer.kind === COMMAND) return [["db.response.returned_rows", answer.rows]];
  if (answer.kind !== FAILURE) return [["db.packet.flag", DESCRIPTION_FLAG]];
  return [["error.type", answer.severity], ["error.code", answer.sqlState], ["error.sql_state", answer.sqlState]];
}

export const postgresql: Protocol<PostgresDetail> = {
  name: "postgresql",
  title: "PostgreSQL",
  transports: ["tcp"],
  ports: [5432],

  probe,
  // A connection begins with a message of its own kind.
  belongTogether: (client, server, sawStart) =>
    sawStart
      ? opensConnection(client.bytes, client.start, client.end)
      : probe(FROM_CLIENT, client.bytes, client.start, client.end) === CERTAIN &&
        probe(FROM_SERVER, server.bytes, server.start, server.end) === CERTAIN,
  open: (flow, contexts) => new PostgresConversation(postgresql, flow, contexts.get("postgresql")!),

  request(roundTrip: Pair, json: JsonWriter, rendering: Rendering): void {
    const { text, described } = roundTrip.detail;
    json.ascii("{");
    json.endpoint(roundTrip.flow.client);
    json.ascii(`,"Proto":"PostgreSQL","Size":${roundTrip.requestBytes},"Packet":`);
    if (described === "") {
      json.ascii('{"Statement":');
      json.string(sqlText(text, rendering));
    } else {
      json.ascii(`{"Type":"${described}","Object":`);
      json.string(text);
    }
    json.ascii('},"Time":');
    json.time(roundTrip.requestSec, roundTrip.requestNsec);
    json.ascii("}");
  },

  response(roundTrip: Pair, json: JsonWriter): void {
    json.ascii("{");
    json.endpoint(roundTrip.flow.server);
    json.ascii(`,"Proto":"PostgreSQL","Size":${roundTrip.responseBytes},"Packet":`);
    writeAnswer(roundTrip.detail.answer!, json);
    json.ascii(',"Time":');
    json.time(roundTrip.responseSec, roundTrip.responseNsec);
    json.ascii("}");
  },

  asked(roundTrip, rendering): string {
    const { text, described } = roundTrip.detail;
    if (described === "") return sqlText(text, rendering).trim().replace(/\s+/g, " ");
    return `describe ${described === "P" ? "portal" : "statement"} ${text === "" ? "(unnamed)" : text}`;
  },

  result(roundTrip): string {
    const { kind, tag, rows, severity, sqlState, message } = roundTrip.detail.answer!;
    if (kind === FAILURE) return `${severity} ${sqlState}: ${message}`;
    if (kind !== COMMAND) return "described";
    if (tag !== "") return tag;
    return rows > 0 ? `${rows} ${rows === 1 ? "row" : "rows"}, more to come` : "nothing";
  },

  failed: (roundTrip) => roundTrip.detail.answer!.kind === FAILURE,
  endpoint(roundTrip): string {
    const { described } = roundTrip.detail;
    return described === ""
      ? fingerprintOf(roundTrip) || "empty query"
      : `describe ${described === "P" ? "portal" : "statement"}`;
  },
  status({ detail }): string {
    const answer = detail.answer!;
    if (answer.kind === FAILURE) return answer.sqlState;
    if (answer.kind !== COMMAND) return "described";
    return commandOf(answer) || (answer.rows > 0 ? "suspended" : "nothing");
  },

  labels: {
    "request.endpoint": endpointLabel,
    "request.fingerprint": { name: "fingerprint", read: fingerprintOf },
    "request.command": { name: "command", read: kindOf },
    "response.packet_type": {
      name: "packet_type",
      read({ detail }) {
        const { kind } = detail.answer!;
        return kind === COMMAND ? "CommandComplete" : kind === FAILURE ? "Error" : DESCRIPTION_FLAG;
      },
    },
  },
  measures: [
    {
      name: "response_affected_rows",
      kind: "counter",
      help: "Rows that commands read or changed, as PostgreSQL's CommandComplete tells",
      read: ({ detail: { answer } }) => answer!.kind === COMMAND ? answer!.rows : NaN,
    },
  ],

  span(roundTrip: Pair, rendering: Rendering): SpanFacts {
    const { answered, flow, detail: { text, described, answer } } = roundTrip;
    const name = kindOf(roundTrip);
    const attributes: SpanAttribute[] = [
      ["db.system.name", "postgresql"],
      ["db.operation.name", name],
      ["db.request.size", roundTrip.requestBytes],
    ];
    if (answered) attributes.push(["db.response.size", roundTrip.responseBytes]);
    attributes.push(...serverAttributes(flow), ...peerAttributes(flow));
    if (described === "") attributes.push(["db.query.text", sqlText(text, rendering)]);
    if (answered) attributes.push(...answerAttributes(answer!));
    return { name, attributes };
  },
};
