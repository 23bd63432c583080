/** How a MySQL round trip is written as JSON, and which of its texts hide secrets. */
import type { JsonWriter } from "../../core/json.ts";
import type { Rendering } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { maskSql } from "../../core/sql_secrets.ts";
import { commandName, ERROR, MysqlDetail, OK, UNKNOWN } from "./messages.ts";

/** How syntax errors quote the statement from where they do not understand it. */
const QUOTED = "near '";

/** The statement on one line, with its secrets masked. */
export function statementText({ statement }: MysqlDetail, { showSecrets }: Rendering): string {
  return (showSecrets ? statement : maskSql(statement)).replaceAll("\n", " ");
}

/** The error's message, with the secrets of the statement that it may quote masked. */
export function errorText({ errorMessage }: MysqlDetail, { showSecrets }: Rendering): string {
  const quoted = showSecrets ? -1 : errorMessage.indexOf(QUOTED);
  if (quoted < 0) return errorMessage;
  const statement = quoted + QUOTED.length;
  return errorMessage.slice(0, statement) + maskSql(errorMessage.slice(statement));
}

export function writeRequest(roundTrip: RoundTrip<MysqlDetail>, json: JsonWriter, rendering: Rendering): void {
  const { detail } = roundTrip;
  json.ascii("{");
  json.endpoint(roundTrip.flow.client);
  json.ascii(
    `,"Proto":"MySQL","Command":"${commandName(detail.command)}","Size":${roundTrip.requestBytes},"Statement":`,
  );
  json.string(statementText(detail, rendering));
  json.ascii(',"Time":');
  json.time(roundTrip.requestSec, roundTrip.requestNsec);
  json.ascii("}");
}

export function writeResponse(roundTrip: RoundTrip<MysqlDetail>, json: JsonWriter, rendering: Rendering): void {
  json.ascii("{");
  json.endpoint(roundTrip.flow.server);
  json.ascii(`,"Proto":"MySQL","Size":${roundTrip.responseBytes},"Packet":`);
  writePacket(roundTrip.detail, json, rendering);
  json.ascii(',"Time":');
  json.time(roundTrip.responseSec, roundTrip.responseNsec);
  json.ascii("}");
}

function writePacket(detail: MysqlDetail, json: JsonWriter, rendering: Rendering): void {
  switch (detail.outcome) {
    case OK:
      return json.ascii(
        `{"AffectedRows":${detail.affectedRows},"LastInsertID":${detail.lastInsertId},` +
          `"Status":${detail.status},"Warnings":${detail.warnings}}`,
      );
    case ERROR:
      json.ascii(`{"ErrCode":${detail.errorCode},"ErrMsg":`);
      json.string(errorText(detail, rendering));
      json.ascii(',"SQLState":');
      json.string(detail.sqlState);
      return json.ascii("}");
    default:
      if (detail.rows >= 0) return json.ascii(`{"Rows":${detail.rows}}`);
      json.ascii('{"Rows":');
      json.string(UNKNOWN);
      return json.ascii("}");
  }
}
