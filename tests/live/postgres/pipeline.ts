/** PostgreSQL in pipelines: by npm pg, and by messages that no driver would send: `deno run ... pipeline.ts PORT`. */
import { Buffer } from "node:buffer";
import { connect } from "node:net";
import pg from "npm:pg@8.23.1";
import { parse, serialize } from "npm:pg-protocol@1.16.1";
import { PostgresConnection } from "./connection.ts";

const place = { host: "127.0.0.1", port: Number(Deno.args[0]) };

// A Sync after each statement: an error is its statement's own.
const db = new pg.Client({ ...place, user: "postgres", database: "postgres", pipeline: true });
const main = new PostgresConnection("main");
await db.connect();
const texts = Array.from(
  { length: 1000 },
  (_, i) => i % 100 === 50 ? "SELECT $1::int / 0 AS n" : "SELECT $1::int AS n",
);
const outcomes = await Promise.allSettled(texts.map((text, i) => db.query(text, [i])));
for (const [i, outcome] of outcomes.entries()) {
  if (outcome.status === "rejected") main.refused(texts[i], "22012", outcome.reason.code);
  else main.asked(texts[i], { Command: "SELECT", Rows: 1 }, outcome.value.rows[0].n, i);
}
await db.end();

// One Sync after all: an error ends what was sent before it, which is never answered.
const bare = new PostgresConnection("bare");
const socket = connect(place), told: string[] = [];
const text = (sql: string) => [serialize.parse({ text: sql }), serialize.bind(), serialize.execute()];
const sequences = [["SELECT 1", "SELECT 2"], ["SELECT 3", "SELECT nope", "SELECT 4", "SELECT 5"], ["SELECT 6"]];
socket.write(serialize.startup({ user: "postgres", database: "postgres" }));
socket.write(Buffer.concat(sequences.flatMap((sqls) => [...sqls.flatMap(text), serialize.sync()])));
socket.write(serialize.end());
await parse(socket, ({ name }) => told.push(name));
for (const sql of ["SELECT 1", "SELECT 2", "SELECT 3"]) bare.asked(sql, { Command: "SELECT", Rows: 1 });
bare.refused("SELECT nope", "42703", "42703");
bare.oneWay(2);
bare.asked("SELECT 6", { Command: "SELECT", Rows: 1 }, [count("commandComplete"), count("error")], [4, 1]);

/** How many messages of a kind the server sent. */
function count(kind: string): number {
  return told.filter((name) => name === kind).length;
}
