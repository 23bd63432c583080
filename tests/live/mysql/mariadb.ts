/** MariaDB by npm mariadb, which sends commands before earlier ones are answered: `deno run ... mariadb.ts PORT`. */
import { type Connection, createConnection, type SqlError, type UpsertResult } from "npm:mariadb@3.5.4";
import { MysqlConnection } from "./connection.ts";

const place = { host: "127.0.0.1", port: Number(Deno.args[0]), user: "live", password: "live", database: "live" };
const db = await createConnection(place), main = new MysqlConnection("main");

const create = "CREATE OR REPLACE TABLE bulk (id INT, name VARCHAR(50))";
await db.query(create);
main.queried(create, { AffectedRows: 0 });

// Many rows by one command.
const insert = "INSERT INTO bulk VALUES (?, ?)";
const written = await db.batch<UpsertResult>(insert, Array.from({ length: 100 }, (_, i) => [i, `name ${i}`]));
main.asked("PREPARE", insert, {});
main.asked("BULK_EXECUTE", insert, { AffectedRows: 100 }, written.affectedRows, 100);

// Commands in flight at once, and one among them that is refused.
const answers = await Promise.all(Array.from({ length: 2000 }, (_, i) => db.query(`SELECT ${i} AS n`)));
for (const [i, [{ n }]] of answers.entries()) main.queried(`SELECT ${i} AS n`, { Rows: 1 }, n, i);
const mixed = await Promise.allSettled([db.query("SELECT 1"), db.query("SELECT nope"), db.query("SELECT 3")]);
main.queried("SELECT 1", { Rows: 1 }, mixed[0].status, "fulfilled");
main.queried("SELECT nope", { ErrCode: 1054, SQLState: "42S22" }, mixed[1].status, "rejected");
main.queried("SELECT 3", { Rows: 1 }, mixed[2].status, "fulfilled");

const select = "SELECT * FROM bulk WHERE id < ?";
const prepared = await db.prepare(select);
main.asked("PREPARE", select, {});
main.asked("EXECUTE", select, { Rows: 10 }, (await prepared.execute([10])).length, 10);
prepared.close();

// Prepared and run in one go, under the id of whatever was prepared last.
const [{ n: sum }] = await db.execute("SELECT ? + 1 AS n", [41]);
main.asked("PREPARE", "SELECT ? + 1 AS n", {});
main.asked("EXECUTE", "SELECT ? + 1 AS n", { Rows: 1 }, Number(sum), 42);

let streamed = 0;
for await (const _ of db.queryStream("SELECT * FROM bulk")) streamed++;
main.queried("SELECT * FROM bulk", { Rows: 100 }, streamed, 100);

await db.ping();
main.asked("PING", "", { AffectedRows: 0 });
await db.reset();
main.asked("RESET_CONNECTION", "", { AffectedRows: 0 });
main.oneWay(3); // the driver closes the three statements that it kept

// A query that another connection ends.
const [killer, second] = [await createConnection(place), new MysqlConnection("second")];
const sleeping = db.query("SELECT SLEEP(60)").catch(({ errno }: SqlError) => errno);
const running = "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info = 'SELECT SLEEP(60)'";
for (let n = 0; n === 0;) {
  n = Number((await killer.query(running))[0].n);
  second.queried(running, { Rows: 1 });
}
await killer.query(`KILL QUERY ${db.threadId}`);
second.queried(`KILL QUERY ${db.threadId}`, { AffectedRows: 0 });
main.queried("SELECT SLEEP(60)", { ErrCode: 1317, SQLState: "70100" }, await sleeping, 1317);

for (const [client, connection] of [[db, main], [killer, second]] as [Connection, MysqlConnection][]) {
  await client.end();
  connection.oneWay();
}
