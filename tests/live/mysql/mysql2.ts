/** MariaDB by npm mysql2, each time in the plain and in the compressed protocol: `deno run ... mysql2.ts PORT`. */
import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import mysql, { type QueryError, type ResultSetHeader, type RowDataPacket } from "npm:mysql2@3.24.6/promise";
import { MysqlConnection } from "./connection.ts";

type Rows = RowDataPacket[];

const place = { host: "127.0.0.1", port: Number(Deno.args[0]), user: "live", password: "live", database: "live" };

async function walk(compress: boolean): Promise<void> {
  const db = await mysql.createConnection({ ...place, compress, multipleStatements: true });
  const connection = new MysqlConnection(compress ? "compressed" : "plain");

  const create = "CREATE OR REPLACE TABLE goods (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(200), price INT)";
  await db.query(create);
  connection.queried(create, { AffectedRows: 0 });

  // A prepared statement is prepared once.
  const insert = "INSERT INTO goods (name, price) VALUES (?, ?)";
  for (let i = 1; i <= 5; i++) {
    const [{ insertId }] = await db.execute<ResultSetHeader>(insert, [`item ${i}`, i * 10]);
    if (i === 1) connection.asked("PREPARE", insert, {});
    connection.asked("EXECUTE", insert, { AffectedRows: 1, LastInsertID: i }, insertId, i);
  }
  const select = "SELECT name FROM goods WHERE id > ?";
  const [rows] = await db.execute<Rows>(select, [3]);
  connection.asked("PREPARE", select, {});
  connection.asked("EXECUTE", select, { Rows: 2 }, rows.map(({ name }) => name), ["item 4", "item 5"]);

  const [none] = await db.query<Rows>("SELECT * FROM goods WHERE id = 0");
  connection.queried("SELECT * FROM goods WHERE id = 0", { Rows: 0 }, none.length, 0);
  const wide = "SELECT REPEAT('w', 70000) AS w, NULL AS n";
  connection.queried(wide, { Rows: 1 }, (await db.query<Rows>(wide))[0][0].w.length, 70_000);

  // Several results for one command.
  const several = "SELECT 1 AS a; SELECT 2 AS a UNION SELECT 3; UPDATE goods SET price = 0 WHERE id = 1";
  const [[one, two, updated]] = await db.query(several) as unknown as [[Rows, Rows, ResultSetHeader]];
  connection.queried(several, { Rows: 3 }, [one.length, two.length, updated.affectedRows], [1, 2, 1]);
  const procedure = "CREATE OR REPLACE PROCEDURE two(IN n INT) BEGIN SELECT n; SELECT n + 1; END";
  await db.query(procedure);
  connection.queried(procedure, { AffectedRows: 0 });
  connection.queried("CALL two(7)", { Rows: 2 }, (await db.query<Rows[]>("CALL two(7)"))[0].length, 3);

  const load = "LOAD DATA LOCAL INFILE 'goods.csv' INTO TABLE goods FIELDS TERMINATED BY ',' (name, price)";
  const lines = Array.from({ length: 200 }, (_, i) => Buffer.from(`loaded ${i},${i}\n`));
  const [loaded] = await db.query<ResultSetHeader>({ sql: load, infileStreamFactory: () => Readable.from(lines) });
  connection.queried(load, { AffectedRows: 200 }, loaded.affectedRows, 200);

  await db.beginTransaction();
  connection.queried("START TRANSACTION", { AffectedRows: 0 });
  await db.query("DELETE FROM goods WHERE id = 3");
  connection.queried("DELETE FROM goods WHERE id = 3", { AffectedRows: 1 });
  await db.rollback();
  connection.queried("ROLLBACK", { AffectedRows: 0 });

  const refused: [sql: string, code: number, state: string][] = [
    ["SELEC 1", 1064, "42000"],
    ["SELECT * FROM no_such_table", 1146, "42S02"],
    ["INSERT INTO goods (id) VALUES (1)", 1062, "23000"],
    ["SELECT 1; SELECT nope; SELECT 3", 1054, "42S22"], // after a result
  ];
  for (const [sql, code, state] of refused) {
    connection.queried(sql, { ErrCode: code, SQLState: state }, await refusal(db.query(sql)), code);
  }
  const unprepared = "SELECT ? + nope";
  const code = await refusal(db.execute(unprepared, [1]));
  connection.asked("PREPARE", unprepared, { ErrCode: 1054, SQLState: "42S22" }, code, 1054);

  await db.ping();
  connection.asked("PING", "", { AffectedRows: 0 });
  await db.changeUser({ user: "other", password: "other", database: "live" });
  connection.asked("CHANGE_USER", "other", { AffectedRows: 0 });
  connection.oneWay(2); // the driver closes the two statements that it kept
  const names = "SELECT name FROM goods";
  const prepared = await db.prepare(names);
  connection.asked("PREPARE", names, {});
  connection.asked("EXECUTE", names, { Rows: 205 }, (await prepared.execute([]) as [Rows, unknown])[0].length, 205);
  await prepared.close();
  connection.oneWay();
  await db.end();
  connection.oneWay();
}

/** The number of the error that a command was refused with. */
function refusal(command: Promise<unknown>): Promise<number | undefined> {
  return command.then(() => undefined, ({ errno }: QueryError) => errno);
}

await walk(false);
await walk(true);
const denied = await refusal(mysql.createConnection({ ...place, password: "wrong" }));
if (denied !== 1045) throw new Error(`a wrong password gave error ${denied}`); // a login is no command
