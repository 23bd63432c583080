/**
 * MySQL and MariaDB (https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html,
 * https://mariadb.com/docs/server/reference/clientserver-protocol): what is printed, counted and traced of a round trip.
 */
import { u24le } from "../../bytes/read.ts";
import { type Direction, FROM_CLIENT, FROM_SERVER } from "../../core/flow.ts";
import { endpointLabel } from "../../core/labels.ts";
import type { Protocol, Rendering, SpanFacts } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { peerAttributes, serverAttributes, type SpanAttribute } from "../../core/span.ts";
import { CERTAIN, NO, type Probe, UNSURE } from "../../core/verdict.ts";
import { Lately, sqlFingerprint } from "../../process/fingerprint/mod.ts";
import { FRAME_BYTES } from "./compression.ts";
import { MysqlConversation } from "./conversation.ts";
import { isGreeting, isTls } from "./handshake.ts";
import { errorText, statementText, writeRequest, writeResponse } from "./json.ts";
import { commandName, ERROR, isCommand, type MysqlDetail, OK, QUERY, RESULT_SET, UNKNOWN } from "./messages.ts";

/** The name that metrics have for what came of a command. */
function packetType(detail: MysqlDetail): string {
  return detail.outcome === OK ? "OK" : detail.outcome === ERROR ? "Error" : "ResultSet";
}

/** The statement without its constants. */
function fingerprintOf({ statement }: MysqlDetail): string {
  return statement === UNKNOWN ? UNKNOWN : sqlFingerprint(statement, "mysql");
}

/** Of commands whose name stands before their statement. */
const endpoints = new Lately();

function probe(direction: Direction, bytes: Uint8Array, start: number, end: number): Probe {
  if (end - start < 5) return UNSURE;
  const length = u24le(bytes, start);
  const number = bytes[start + 3];
  if (length === 0 || isTls(bytes, start)) return NO;
  if (direction !== FROM_CLIENT) {
    if (number > 1) return NO;
    return number === 0 && isGreeting(bytes, start + 4, Math.min(end, start + 4 + length)) ? CERTAIN : UNSURE;
  }
  if (number === 1) return UNSURE; // a login
  if (number !== 0 || !isCommand(bytes[start + 4], length)) return NO;
  return end - start === 4 + length ? CERTAIN : UNSURE;
}

function outcomeAttributes(detail: MysqlDetail, rendering: Rendering): SpanAttribute[] {
  switch (detail.outcome) {
    case OK:
      return [
        ["db.response.affected_rows", Number(detail.affectedRows)],
        ["db.response.last_insert_id", Number(detail.lastInsertId)],
        ["db.response.warnings", detail.warnings],
        ["db.response.info", detail.status],
      ];
    case ERROR:
      return [
        ["error.type", errorText(detail, rendering)],
        ["error.code", detail.errorCode],
        ["error.sql_state", detail.sqlState],
      ];
    default:
      return detail.rows >= 0 ? [["db.response.returned_rows", detail.rows]] : [];
  }
}

export const mysql: Protocol<MysqlDetail> = {
  name: "mysql",
  title: "MySQL",
  transports: ["tcp"],
  ports: [3306],
  carryLimit: FRAME_BYTES,

  probe,
  // The server speaks first, and its greeting tells; lengths before small numbers begin much else.
  belongTogether: (client, server, sawStart) =>
    sawStart && client.end > client.start && client.bytes[client.start + 3] === 1 &&
    probe(FROM_SERVER, server.bytes, server.start, server.end) === CERTAIN,
  open: (flow, contexts) => new MysqlConversation(mysql, flow, contexts.get("mysql")!),

  request: writeRequest,
  response: writeResponse,

  asked(roundTrip: RoundTrip<MysqlDetail>, rendering: Rendering): string {
    const { detail } = roundTrip;
    const name = commandName(detail.command) || `command ${detail.command}`;
    const statement = statementText(detail, rendering);
    return statement === "" ? name : `${name} ${statement}`;
  },
  result(roundTrip: RoundTrip<MysqlDetail>): string {
    const { detail } = roundTrip;
    if (detail.outcome === ERROR) {
      return `error ${detail.errorCode} ${errorText(detail, { showSecrets: false })}`;
    }
    if (detail.outcome === OK) return `OK, ${detail.affectedRows} affected`;
    return detail.rows < 0 ? "rows" : detail.rows === 1 ? "1 row" : `${detail.rows} rows`;
  },
  failed: (roundTrip) => roundTrip.detail.outcome === ERROR,
  endpoint({ detail }): string {
    const fingerprint = fingerprintOf(detail);
    if (detail.command === QUERY && fingerprint !== "") return fingerprint;
    const name = commandName(detail.command) || `command ${detail.command}`;
    return endpoints.get(name, fingerprint) ?? endpoints.keep(name, fingerprint, `${name} ${fingerprint}`.trimEnd());
  },
  status: ({ detail }) => detail.outcome === ERROR ? `error ${detail.errorCode}` : packetType(detail),

  labels: {
    "request.endpoint": endpointLabel,
    "request.fingerprint": { name: "fingerprint", read: ({ detail }) => fingerprintOf(detail) },
    "request.command": { name: "command", read: (roundTrip) => commandName(roundTrip.detail.command) },
    "response.packet_type": { name: "packet_type", read: (roundTrip) => packetType(roundTrip.detail) },
  },
  measures: [
    {
      name: "response_affected_rows",
      kind: "counter",
      help: "Rows that commands changed, as MySQL's OK packets tell",
      read: ({ detail }) => detail.outcome === OK ? Number(detail.affectedRows) : NaN,
    },
    {
      name: "response_resultset_rows",
      kind: "histogram",
      help: "Rows of MySQL's result sets",
      read: ({ detail }) => detail.outcome === RESULT_SET && detail.rows >= 0 ? detail.rows : NaN,
    },
  ],

  span(roundTrip: RoundTrip<MysqlDetail>, rendering: Rendering): SpanFacts {
    const { answered, flow, detail } = roundTrip;
    const name = commandName(detail.command);
    const attributes: SpanAttribute[] = [
      ["db.system.name", "mysql"],
      ["db.query.text", statementText(detail, rendering)],
      ["db.operation.name", name],
      ["db.request.size", roundTrip.requestBytes],
    ];
    if (answered) attributes.push(["db.response.size", roundTrip.responseBytes]);
    attributes.push(...serverAttributes(flow), ...peerAttributes(flow));
    if (answered) attributes.push(...outcomeAttributes(detail, rendering));
    return { name, attributes };
  },
};
