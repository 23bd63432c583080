/** PostgreSQL by npm postgres, which does not wait for answers: `deno run ... postgres_js.ts PORT`. */
import postgres, { type PostgresError } from "npm:postgres@3.4.9";
import { PostgresConnection } from "./connection.ts";

const sql = postgres({
  host: "127.0.0.1",
  port: Number(Deno.args[0]),
  database: "postgres",
  user: "live",
  password: "live",
  max: 1,
  fetch_types: false, // else it asks for them first
});
const main = new PostgresConnection("main");

/** Tells that a statement with parameters was described, under a name of the driver's own. */
function described(): void {
  main.told({ Packet: { Type: "S" } }, { Packet: { Flag: "CloseCompleteOrDescribeResponse" } });
}

const [{ one }] = await sql`SELECT 1 AS one`;
main.asked("SELECT 1 AS one", { Command: "SELECT", Rows: 1 }, one, 1);

// Queries in flight at once, one among them refused; then statements with parameters, prepared by the first.
const outcomes = await Promise.allSettled([sql`SELECT 1`, sql`SELECT nope`, sql`SELECT 3`]);
main.asked("SELECT 1", { Command: "SELECT", Rows: 1 }, outcomes[0].status, "fulfilled");
main.refused("SELECT nope", "42703", ((outcomes[1] as PromiseRejectedResult).reason as PostgresError).code);
main.asked("SELECT 3", { Command: "SELECT", Rows: 1 }, outcomes[2].status, "fulfilled");
const numbers = await Promise.all(Array.from({ length: 500 }, (_, i) => sql`SELECT ${i}::int AS n`));
described();
for (const [i, [{ n }]] of numbers.entries()) main.asked("SELECT $1::int AS n", { Command: "SELECT", Rows: 1 }, n, i);

// A portal that is read in parts.
const parts: number[] = [];
for await (const rows of sql`SELECT generate_series(1, 25)`.cursor(10)) parts.push(rows.length);
main.asked("SELECT generate_series(1, 25)", { Command: "", Rows: 10 }, parts, [10, 10, 5]);
main.asked("SELECT generate_series(1, 25)", { Command: "", Rows: 10 });
main.asked("SELECT generate_series(1, 25)", { Command: "SELECT", Rows: 5 });

// COPY out.
let copied = 0;
for await (const bytes of await sql`COPY (SELECT generate_series(1, 5000)) TO STDOUT`.readable()) {
  copied += String(bytes).split("\n").length - 1;
}
main.asked("COPY (SELECT generate_series(1, 5000)) TO STDOUT", { Command: "COPY", Rows: 5000 }, copied, 5000);

// A transaction.
await sql.begin(async (transaction) => {
  main.asked("begin ", { Command: "BEGIN", Rows: 0 });
  await transaction`SELECT 2`;
  main.asked("SELECT 2", { Command: "SELECT", Rows: 1 });
});
main.asked("commit", { Command: "COMMIT", Rows: 0 });
await sql.end();
