/** SQL without its constants, each case with the reason for its form. */
import assert from "node:assert/strict";
import type { SqlDialect } from "../../../src/core/sql_secrets.ts";
import { sqlFingerprint } from "../../../src/process/fingerprint/mod.ts";
import { seeded } from "../../tools/random.ts";

type Case = readonly [sql: string, fingerprint: string, reason: string];

const BOTH: readonly Case[] = [
  ["SELECT 1", "select ?", "a number"],
  ["select  *\n from\tt", "select * from t", "blanks are one"],
  ["SELECT * FROM t;", "select * from t", "no semicolon at the end"],
  ["SELECT * FROM t WHERE id=42", "select * from t where id = ?", "operators stand free"],
  ["SELECT * FROM t WHERE id = -42", "select * from t where id = ?", "a sign belongs to its number"],
  ["SELECT a-1 FROM t", "select a - ? from t", "a difference is no sign"],
  ["SELECT (a)-1, b - -2", "select (a) - ?, b - ?", "a sign behind a minus"],
  ["SELECT 1.5, .5, 1e10, 1E-5, 0xFF", "select ?, ?, ?, ?, ?", "forms of numbers"],
  ["SELECT 'it''s'", "select ?", "a doubled quote"],
  ["SELECT ''", "select ?", "an empty text"],
  ["SELECT 'a' 'b'", "select ?", "neighbours are one text"],
  ["SELECT * FROM t WHERE id IN (1,2,3)", "select * from t where id in (?)", "a list"],
  ["SELECT * FROM t WHERE id IN (7)", "select * from t where id in (?)", "a list of one"],
  ["SELECT * FROM t WHERE id IN(1 , 'b')", "select * from t where id in (?)", "however it is written"],
  ["SELECT * FROM t WHERE (a,b) IN ((1,2),(3,4))", "select * from t where (a, b) in ((?))", "a list of rows"],
  ["INSERT INTO t (a,b) VALUES (1,'x')", "insert into t(a, b) values (?)", "a row"],
  ["INSERT INTO t(a,b) VALUES (1,'x'),(2,'y'),(3,NULL)", "insert into t(a, b) values (?)", "rows"],
  ["INSERT INTO t VALUES (1,now()),(2,now())", "insert into t values (?, now())", "rows with a call repeat"],
  ["INSERT INTO t VALUES (1,f(2)),(g(3),4)", "insert into t values (?, f(?)), (g(?), ?)", "rows that differ"],
  ["UPDATE t SET a=1,b='x' WHERE id=9", "update t set a = ?, b = ? where id = ?", "an update"],
  ["UPDATE t SET n=n+1", "update t set n = n + ?", "a sum"],
  ["DELETE FROM t WHERE d<'2024-01-01'", "delete from t where d < ?", "a date"],
  ["SELECT * FROM t WHERE a IS NULL", "select * from t where a is null", "what is asked of a column stays"],
  ["SELECT * FROM t WHERE a IS NOT NULL", "select * from t where a is not null", "likewise"],
  ["UPDATE t SET a = NULL", "update t set a = ?", "null as a constant"],
  ["SELECT * FROM t WHERE ok = TRUE", "select * from t where ok = ?", "a truth value"],
  ["SELECT COUNT(*) FROM t", "select count(*) from t", "a star in a call"],
  ["SELECT count ( * ) FROM t", "select count(*) from t", "blanks in a call"],
  ["SELECT t.* FROM t", "select t.* from t", "a star behind a point"],
  ["SELECT a.b.c", "select a.b.c", "points bind"],
  ["SELECT * FROM t LIMIT 10 OFFSET 20", "select * from t limit ? offset ?", "pages"],
  ["SELECT * FROM t LIMIT 10, 20", "select * from t limit ?, ?", "a list without parentheses keeps its length"],
  ["SELECT * FROM t WHERE a BETWEEN 1 AND 2", "select * from t where a between ? and ?", "a range"],
  ["SELECT * FROM t WHERE a LIKE '%x%'", "select * from t where a like ?", "a pattern"],
  ["SELECT /* user 7 */ 1 -- x\n, 2", "select ?, ?", "comments are left out"],
  ["/* trace=abc */ SELECT 1", "select ?", "a comment in front"],
  ["SELECT a<>1 AND b!=2 AND c>=3", "select a <> ? and b != ? and c >= ?", "operators of two characters"],
  ["SELECT CASE WHEN a=1 THEN 'x' ELSE 'y' END", "select case when a = ? then ? else ? end", "a case"],
  ["SELECT * FROM a JOIN b ON a.id=b.id", "select * from a join b on a.id = b.id", "a join has no constants"],
  ["BEGIN", "begin", "one word"],
  ["SAVEPOINT sp_17", "savepoint sp_?", "drivers number savepoints"],
  ["RELEASE SAVEPOINT sa_savepoint_3", "release savepoint sa_savepoint_?", "likewise"],
  ["", "", "nothing"],
  ["SELECT 'cut in the mid", "select ?", "a text that is cut"],
  ["SELECT * FROM t WHERE id IN (1, 2, 3", "select * from t where id in (?)", "a list that is cut"],
  ["INSERT INTO t VALUES (1, 2), (3,", "insert into t values (?)", "rows that are cut"],
  ["SELECT x9, t2.c3 FROM t2", "select x9, t2.c3 from t2", "digits in names stay"],
  ["CREATE TABLE t (a INT NOT NULL, b DECIMAL(10,2))", "create table t(a int not null, b decimal(?))", "a definition"],
  ["SELECT ((1))", "select ((?))", "parentheses"],
  ["SELECT )(", "select)(?)", "parentheses that do not match, the last one cut"],
];

const MYSQL: readonly Case[] = [
  ['SELECT "x"', "select ?", "double quotes are texts"],
  ["SELECT 'a\\'b', 1", "select ?, ?", "a backslash escapes"],
  ["SELECT `a`.`b c` FROM `T`", 'select a."b c" from "T"', "quotes stay where they mean something"],
  ["SELECT 1 # x", "select ?", "a comment of its own"],
  ["SELECT 5--1", "select ? - ?", "two signs are no comment"],
  ["SELECT /*!50700 a */ FROM t", "select a from t", "what a comment has executed"],
  ["SELECT * FROM t WHERE id = ?", "select * from t where id = ?", "prepared, as with a constant"],
  ["SELECT _utf8mb4'x', N'y', X'4D', b'01'", "select ?, ?, ?, ?", "texts with a prefix"],
  ["SET @a = 1, @@session.b = 2", "set @a = ?, @@session.b = ?", "variables"],
  [
    "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a=VALUES(a)",
    "insert into t values (?) on duplicate key update a = values (a)",
    "an upsert",
  ],
  ["CREATE USER bob IDENTIFIED BY 's3cret'", "create user bob identified by ?", "a password is a constant"],
];

const POSTGRES: readonly Case[] = [
  ['SELECT "a", "B c" FROM "t"', 'select a, "B c" from t', "double quotes are names"],
  ["SELECT 'a\\', 1", "select ?, ?", "a backslash is a character"],
  ["SELECT E'a\\'b', 1", "select ?, ?", "but for escape texts"],
  ["SELECT * FROM t WHERE id = $1", "select * from t where id = ?", "prepared, as with a constant"],
  ["SELECT * FROM t WHERE id IN ($1,$2)", "select * from t where id in (?)", "a list of places"],
  ["SELECT $$it's$$, $tag$a $$ b$tag$", "select ?, ?", "texts in dollars"],
  ["SELECT '7'::int, a::text", "select ?::int, a::text", "a cast"],
  ["SELECT ARRAY[1,2,3]", "select array[?]", "an array"],
  ["SELECT a->>'b' FROM t WHERE c @> '{}'", "select a ->> ? from t where c @> ?", "operators of JSON"],
  ["SELECT /* a /* b */ c */ 1", "select ?", "a comment in a comment"],
  ["SELECT U&'x', B'01', DATE '2024-01-01'", "select ?, ?, date ?", "texts with a prefix"],
  ['DECLARE "c_12" CURSOR FOR SELECT 1', "declare c_? cursor for select ?", "a numbered cursor"],
  ["SELECT 5--1\n, 2", "select ?, ?", "two hyphens are a comment"],
];

function hold(cases: readonly Case[], dialect: SqlDialect): void {
  for (const [sql, fingerprint, reason] of cases) {
    assert.equal(sqlFingerprint(sql, dialect), fingerprint, `${sql}: ${reason}`);
  }
}

Deno.test("statements lose their constants", () => {
  assert.ok(BOTH.length + MYSQL.length + POSTGRES.length >= 60);
  hold(BOTH, "mysql");
  hold(BOTH, "postgresql");
  hold(MYSQL, "mysql");
  hold(POSTGRES, "postgresql");
});

Deno.test("any text has a fingerprint of bounded length that holds no text constant, in time linear to it", () => {
  const random = seeded(3);
  const pieces = [
    ..."'\"`$()[],;?*-+#/@:.\\ \n",
    "select ",
    "x",
    "1",
    "--",
    "/*",
    "*/",
    "$$",
    "$a$",
    "e'",
    "values ",
    "ü",
  ];
  for (const dialect of ["mysql", "postgresql"] as const) {
    for (let i = 0; i < 20_000; i++) {
      let sql = "";
      for (let n = random() * 30; n > 0; n--) sql += pieces[Math.floor(random() * pieces.length)];
      assert.ok(sqlFingerprint(sql, dialect).length <= 512);
      assert.ok(!sqlFingerprint(`${sql.replace(/['"`$/#\\-]/g, "")} 'SECRET'`, dialect).includes("secret"));
    }
    for (const piece of pieces) sqlFingerprint(piece.repeat(200_000), dialect);
    sqlFingerprint("(".repeat(1e5) + "1,".repeat(1e5), dialect);
    sqlFingerprint("insert into t values " + "(1,2),".repeat(1e5), dialect);
  }
});
