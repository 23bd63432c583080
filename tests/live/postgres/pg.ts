/** PostgreSQL by npm pg, pg-cursor and pg-copy-streams: `deno run ... pg.ts PORT`. */
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "npm:pg@8.23.1";
import copy from "npm:pg-copy-streams@7.0.0";
import Cursor from "npm:pg-cursor@2.22.0";
import { PostgresConnection } from "./connection.ts";

const place = { host: "127.0.0.1", port: Number(Deno.args[0]), database: "postgres" };
/** Their passwords are exchanged in two ways (SCRAM and MD5). */
const db = await connect({ user: "live", password: "live" }), main = new PostgresConnection("main");
const other = await connect({ user: "old", password: "old" }), second = new PostgresConnection("second");

async function connect(user: { user: string; password: string }, options = {}) {
  const client = new pg.Client({ ...place, ...user, ...options });
  await client.connect();
  return client;
}

/** The SQLSTATE that a statement is refused with. */
function refusal(asked: Promise<unknown>): Promise<string> {
  return asked.then(() => "not refused", ({ code }) => code);
}

const create = "CREATE TEMP TABLE goods (id int PRIMARY KEY, name text)";
await db.query(create);
main.asked(create, { Command: "CREATE", Rows: 0 });
const fill = "INSERT INTO goods SELECT i, 'item ' || i FROM generate_series(1, 25) i";
main.asked(fill, { Command: "INSERT", Rows: 25 }, (await db.query(fill)).rowCount, 25);

// Several results of one query: the first is shown.
const several = "SELECT 1 AS a; SELECT 2 AS b UNION SELECT 3";
const counts = (await db.query(several)).map(({ rowCount }: { rowCount: number }) => rowCount);
main.asked(several, { Command: "SELECT", Rows: 1 }, counts, [1, 2]);
await db.query("");
main.asked("", { Command: "", Rows: 0 });

// Statements with parameters: unnamed, named and prepared once, and with a result larger than a segment.
const sum = "SELECT $1::int + $2::int AS sum, $3::text AS nothing";
main.asked(sum, { Command: "SELECT", Rows: 1 }, (await db.query(sum, [1, 2, null])).rows[0].sum, 3);
const byId = "SELECT name FROM goods WHERE id = $1";
for (const id of [1, 2, 3]) {
  const { rows } = await db.query({ name: "by-id", text: byId, values: [id] });
  main.asked(byId, { Command: "SELECT", Rows: 1 }, rows[0].name, `item ${id}`);
}
const wide = "SELECT repeat('w', 100000) AS w, $1::text AS t";
main.asked(wide, { Command: "SELECT", Rows: 1 }, (await db.query(wide, ["t"])).rows[0].w.length, 100_000);

// A portal that is read in parts.
const all = "SELECT * FROM goods ORDER BY id";
const cursor = db.query(new Cursor(all));
const parts = [await cursor.read(10), await cursor.read(10), await cursor.read(10)].map(({ length }) => length);
main.told({ Packet: { Type: "P", Object: "C_1" } }, { Packet: { Flag: "CloseCompleteOrDescribeResponse" } });
main.asked(all, { Command: "", Rows: 10 }, parts, [10, 10, 5]);
main.asked(all, { Command: "", Rows: 10 });
main.asked(all, { Command: "SELECT", Rows: 5 });

// COPY in, and refused for what it brings. COPY out is postgres_js.ts' part: under Deno pg-copy-streams waits for ever.
const copyIn = "COPY goods FROM STDIN";
const rows = Array.from({ length: 1000 }, (_, i) => `${i + 100}\tcopied ${i}\n`);
await pipeline(Readable.from(rows), db.query(copy.from(copyIn)));
main.asked(copyIn, { Command: "COPY", Rows: 1000 });
const bad = pipeline(Readable.from(["no number\tx\n"]), db.query(copy.from(copyIn)));
main.refused(copyIn, "22P02", await refusal(bad));

// Notifications come between answers.
await other.query("LISTEN news");
second.asked("LISTEN news", { Command: "LISTEN", Rows: 0 });
const heard = once(other, "notification");
const notify = "SELECT pg_notify('news', 'hello')";
main.asked(notify, { Command: "SELECT", Rows: 1 }, (await db.query(notify)).rowCount, 1);
const [{ payload }] = await heard;
second.pushed(payload === "hello" ? 1 : 0);

// Refusals: of the text, of a parameter, of a row, and of all that follows in a transaction.
main.refused("SELECT nope", "42703", await refusal(db.query("SELECT nope")));
main.refused("SELECT nope, $1::int", "42703", await refusal(db.query("SELECT nope, $1::int", [1])));
main.refused("SELECT $1::int", "22P02", await refusal(db.query("SELECT $1::int", ["x"])));
await db.query("BEGIN");
main.asked("BEGIN", { Command: "BEGIN", Rows: 0 });
main.refused("INSERT INTO goods VALUES (1)", "23505", await refusal(db.query("INSERT INTO goods VALUES (1)")));
main.refused("SELECT 1", "25P02", await refusal(db.query("SELECT 1")));
await db.query("ROLLBACK");
main.asked("ROLLBACK", { Command: "ROLLBACK", Rows: 0 });
main.refused("SELECT 1; SELECT nope", "42703", await refusal(db.query("SELECT 1; SELECT nope")));

// A statement that another connection cancels, and one whose server process is ended.
const sleep = "SELECT pg_sleep(60)";
const cancelled = refusal(other.query(sleep));
await isAsleep();
const bare = await Deno.connect({ hostname: place.host, port: place.port });
const request = new DataView(new ArrayBuffer(16)); // length | code | process | key
[16, 80877102, other.processID, other.secretKey].forEach((value, i) => request.setInt32(i * 4, value));
await bare.write(new Uint8Array(request.buffer));
new PostgresConnection("bare").oneWay();
bare.close();
second.refused(sleep, "57014", await cancelled);
await other.end(); // the postmaster signals twice, and the second signal may come late: it would cancel what follows
const doomed = await connect({ user: "live", password: "live" }), third = new PostgresConnection("third");
doomed.on("error", () => {}); // its connection is about to be ended
const ended = refusal(doomed.query(sleep));
await isAsleep();
const terminate = "SELECT pg_terminate_backend($1)";
main.asked(terminate, { Command: "SELECT", Rows: 1 }, (await db.query(terminate, [doomed.processID])).rowCount, 1);
third.refused(sleep, "57P01", await ended, "FATAL");

/** Waits until the server says that the other connection sleeps. */
async function isAsleep(): Promise<void> {
  const sql = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
  for (let n = 0; n === 0;) {
    n = (await db.query(sql)).rows[0].n;
    main.asked(sql, { Command: "SELECT", Rows: 1 });
  }
}

// Logins that are refused are no statements.
await refusal(connect({ user: "live", password: "wrong" }));
await refusal(connect({ user: "live", password: "live" }, { database: "none" }));
await refusal(connect({ user: "live", password: "live" }, { ssl: true })); // the server does not encrypt
await db.end();
