/** How PostgreSQL is recognised, and what is counted and traced of its round trips. */
import assert from "node:assert/strict";
import { FROM_CLIENT, FROM_SERVER } from "../../../src/core/flow.ts";
import { Lane } from "../../../src/lane/lane.ts";
import type { RoundTrip } from "../../../src/core/roundtrip.ts";
import { CERTAIN, NO, UNSURE } from "../../../src/core/verdict.ts";
import { postgresql } from "../../../src/protocols/postgresql/mod.ts";
import type { PostgresDetail } from "../../../src/protocols/postgresql/messages.ts";
import { bytesOf, concat } from "../../tools/build.ts";
import {
  cancelRequest,
  complete,
  describe,
  emptyQuery,
  error,
  execute,
  header,
  letIn,
  message,
  parse,
  parsed,
  query,
  ready,
  rowDescription,
  run,
  sslRequest,
  startup,
  suspended,
  sync,
} from "./wire.ts";

const probe = (direction: typeof FROM_CLIENT | typeof FROM_SERVER, bytes: Uint8Array) =>
  postgresql.probe(direction, bytes, 0, bytes.length);

Deno.test("first bytes are recognised", () => {
  for (const bytes of [startup, sslRequest, cancelRequest, query("select 1"), concat(run("select 1"), sync)]) {
    assert.equal(probe(FROM_CLIENT, bytes), CERTAIN);
  }
  assert.equal(probe(FROM_CLIENT, header("Q", 5000)), UNSURE);
  assert.equal(probe(FROM_SERVER, concat(parsed, rowDescription, ready)), CERTAIN);
  assert.equal(probe(FROM_SERVER, header("D", 5000)), UNSURE);
  assert.equal(probe(FROM_SERVER, bytesOf("N")), UNSURE);
  for (
    const bytes of [bytesOf("GET / HTTP/1.1\r\n"), bytesOf("\x16\x03\x01\x02\0\x01"), bytesOf("*1\r\n$4\r\nPING\r\n")]
  ) {
    assert.equal(probe(FROM_CLIENT, bytes), NO);
    assert.equal(probe(FROM_SERVER, bytes), NO);
  }
});

/** The round trips of a conversation of all kinds. */
function roundTrips(): RoundTrip<PostgresDetail>[] {
  const talk = letIn().client(query("select  1\n")).server(concat(rowDescription, complete("SELECT 0"), ready))
    .client(query("create table t ()")).server(concat(complete("CREATE TABLE"), ready))
    .client(query("nope")).server(concat(error("42601", "syntax error"), ready))
    .client(query("")).server(concat(emptyQuery, ready))
    .client(concat(parse("s", "a"), describe("S", "s"), sync)).server(concat(parsed, message("n"), ready))
    .client(concat(describe("P"), execute("", 2))).server(concat(message("n"), message("D", "\0\0"), suspended));
  const found: RoundTrip[] = [];
  const lane = new Lane([{ protocol: "postgresql", ports: [5432], host: "" }], {
    roundTrip: (roundTrip) => void found.push(roundTrip),
    unanswered() {},
  });
  for (const { bytes, wireLength, sec, nsec, linkType } of talk.packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  lane.close();
  return found as RoundTrip<PostgresDetail>[];
}

Deno.test("round trips read for people, and failures are failures", () => {
  const shown = roundTrips().map((roundTrip) =>
    `${postgresql.asked(roundTrip, { showSecrets: false })} > ${postgresql.result(roundTrip)}` +
    (postgresql.failed(roundTrip) ? " !" : "")
  );
  assert.deepEqual(shown, [
    "select 1 > SELECT 0",
    "create table t () > CREATE TABLE",
    "nope > ERROR 42601: syntax error !",
    " > nothing",
    "describe statement s > described",
    "<unknown> > 1 row, more to come",
  ]);
});

Deno.test("labels name the kind of the request and of the answer", () => {
  const { "request.command": command, "response.packet_type": type } = postgresql.labels;
  assert.deepEqual([command.name, type.name], ["command", "packet_type"]);
  const labels = roundTrips().map((roundTrip) => `${command.read(roundTrip)} ${type.read(roundTrip)}`);
  assert.deepEqual(labels.slice(2, 5), [
    "Query Error",
    "Query CommandComplete",
    "DescribePacket CloseCompleteOrDescribeResponse",
  ]);
});

Deno.test("spans have the facts of the answer under the contract's names", () => {
  const spans = roundTrips().map((roundTrip) => postgresql.span(roundTrip, { showSecrets: false }));
  assert.deepEqual(spans[2], {
    name: "Query",
    attributes: [
      ["db.system.name", "postgresql"],
      ["db.operation.name", "Query"],
      ["db.request.size", 10],
      ["db.response.size", error("42601", "syntax error").length],
      ["server.address", "10.0.0.2"],
      ["server.port", 5432],
      ["network.peer.address", "10.0.0.1"],
      ["network.peer.port", 40000],
      ["db.query.text", "nope"],
      ["error.type", "ERROR"],
      ["error.code", "42601"],
      ["error.sql_state", "42601"],
    ],
  });
  assert.deepEqual(spans[0].attributes.at(-1), ["db.response.returned_rows", 0]);
  assert.equal(spans[4].name, "DescribePacket");
  assert.ok(!spans[4].attributes.some(([key]) => key === "db.query.text"));
});
