/** What is printed, labelled and traced of a round trip, and whose first bytes are MySQL's. */
import assert from "node:assert/strict";
import { Endpoint, FROM_CLIENT, FROM_SERVER } from "../../../src/core/flow.ts";
import { JsonWriter } from "../../../src/core/json.ts";
import { RoundTrip } from "../../../src/core/roundtrip.ts";
import { CERTAIN, NO, UNSURE } from "../../../src/core/verdict.ts";
import { ERROR, MysqlDetail, PREPARE, QUERY, RESULT_SET } from "../../../src/protocols/mysql/messages.ts";
import { mysql } from "../../../src/protocols/mysql/mod.ts";
import { Session } from "../../../src/protocols/mysql/session.ts";
import { bytesOf } from "../../tools/build.ts";
import { greeting, login, packet, query, sslRequest } from "./wire.ts";

const flow = {
  transport: "tcp" as const,
  client: new Endpoint(Uint8Array.of(10, 0, 0, 1), 40000),
  server: new Endpoint(Uint8Array.of(10, 0, 0, 2), 3306),
  sawStart: true,
};
const hidden = { showSecrets: false }, shown = { showSecrets: true };

function roundTrip(command: number, facts: Partial<MysqlDetail>): RoundTrip<MysqlDetail> {
  const detail = Object.assign(new MysqlDetail(command, new Session()), facts);
  const made = new RoundTrip(mysql, flow, detail, 1, 0, 30);
  made.responseSec = 1;
  made.responseNsec = 5000;
  made.responseBytes = 11;
  made.answered = true;
  return made;
}

function written(write: (json: JsonWriter) => void): string {
  const json = new JsonWriter();
  write(json);
  return new TextDecoder().decode(json.view());
}

const rows = roundTrip(QUERY, { statement: "SELECT\n1", outcome: RESULT_SET, rows: 2 });
const secret = roundTrip(QUERY, {
  statement: "SET PASSWORD -- 'x'\n = 'geheim'",
  outcome: ERROR,
  errorCode: 1064,
  errorMessage: "syntax to use near 'PASSWORD -- 'x'\n = 'geheim'' at line 1",
  sqlState: "42000",
});
const done = roundTrip(PREPARE, { affectedRows: 2n ** 64n - 1n, lastInsertId: 3, status: 34, warnings: 1 });

Deno.test("the JSON has the contract's members in their order", () => {
  assert.equal(
    written((json) => mysql.request(rows, json, hidden)).replace(/"Time":.*/, ""),
    '{"Host":"10.0.0.1","Port":40000,"Proto":"MySQL","Command":"QUERY","Size":30,"Statement":"SELECT 1",',
  );
  assert.match(
    written((json) => mysql.response(rows, json, hidden)),
    /^{"Host":"10.0.0.2","Port":3306,"Proto":"MySQL","Size":11,"Packet":{"Rows":2},"Time":"1970.*"}$/,
  );
  assert.match(
    written((json) => mysql.response(done, json, hidden)),
    /"Packet":{"AffectedRows":18446744073709551615,"LastInsertID":3,"Status":34,"Warnings":1},/,
  );
});

Deno.test("secrets are masked in statement and message, unless they are asked for", () => {
  const all = (rendering: typeof hidden) =>
    written((json) => {
      mysql.request(secret, json, rendering);
      mysql.response(secret, json, rendering);
    }) + mysql.asked(secret, rendering) + JSON.stringify(mysql.span(secret, rendering));
  assert.equal(all(hidden).includes("geheim"), false);
  assert.equal(all(shown).split("geheim").length - 1, 5);
  assert.equal(mysql.result(secret).includes("geheim"), false);
  assert.ok(all(hidden).includes(`"Statement":"SET PASSWORD -- 'x'  = ***"`));
});

Deno.test("lines for people, labels and span facts", () => {
  assert.equal(mysql.asked(rows, hidden), "QUERY SELECT 1");
  assert.equal(mysql.result(rows), "2 rows");
  assert.equal(mysql.result(roundTrip(QUERY, { outcome: RESULT_SET, rows: -1 })), "rows");
  assert.equal(mysql.asked(roundTrip(0x66, {}), hidden), "command 102");
  assert.deepEqual([rows, secret, done].map((one) => mysql.failed(one)), [false, true, false]);
  assert.deepEqual(
    [rows, secret, done].map((one) => mysql.labels["response.packet_type"].read(one)),
    ["ResultSet", "Error", "OK"],
  );
  assert.equal(mysql.labels["request.command"].read(done), "PREPARE");
  assert.deepEqual(mysql.span(rows, hidden), {
    name: "QUERY",
    attributes: [
      ["db.system.name", "mysql"],
      ["db.query.text", "SELECT 1"],
      ["db.operation.name", "QUERY"],
      ["db.request.size", 30],
      ["db.response.size", 11],
      ["server.address", "10.0.0.2"],
      ["server.port", 3306],
      ["network.peer.address", "10.0.0.1"],
      ["network.peer.port", 40000],
      ["db.response.returned_rows", 2],
    ],
  });
  const errorFacts = mysql.span(secret, hidden).attributes.slice(-2);
  assert.deepEqual(errorFacts, [["error.code", 1064], ["error.sql_state", "42000"]]);
});

Deno.test("first bytes: a greeting and a whole command are certain, other protocols are not MySQL", () => {
  const probe = (direction: typeof FROM_CLIENT | typeof FROM_SERVER, bytes: Uint8Array) =>
    mysql.probe(direction, bytes, 0, bytes.length);
  assert.equal(probe(FROM_SERVER, greeting()), CERTAIN);
  assert.equal(probe(FROM_SERVER, packet(1, "x")), UNSURE);
  assert.equal(probe(FROM_CLIENT, query("SELECT 1")), CERTAIN);
  assert.equal(probe(FROM_CLIENT, query("SELECT 1").subarray(0, 8)), UNSURE);
  for (const begun of [login(), sslRequest]) assert.equal(probe(FROM_CLIENT, begun), UNSURE);
  for (
    const other of [
      "GET / HTTP/1.1\r\n",
      "\x16\x03\x01\0\x05\x01\0\0",
      "*1\r\n$4\r\nPING\r\n",
      "\0\0\0\x08\x04\xd2\x16\x2f",
    ]
  ) {
    assert.equal(probe(FROM_CLIENT, bytesOf(other)), NO);
  }
});
