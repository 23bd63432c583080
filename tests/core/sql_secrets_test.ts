/** Passwords in SQL do not leave: what is masked, and what is left alone. */
import assert from "node:assert/strict";
import { maskSql, type SqlDialect } from "../../src/core/sql_secrets.ts";

function holds(dialect: SqlDialect, pairs: readonly (readonly [string, string])[]): void {
  for (const [text, expected] of pairs) assert.equal(maskSql(text, dialect), expected);
}

/** Statements that must come back as they are. */
function keeps(dialect: SqlDialect, texts: readonly string[]): void {
  for (const text of texts) assert.equal(maskSql(text, dialect), text);
}

Deno.test("account statements of MySQL and MariaDB lose their passwords and hashes", () => {
  holds("mysql", [
    ["CREATE USER bob IDENTIFIED BY 'geheim'", "CREATE USER bob IDENTIFIED BY ***"],
    [
      "create user 'bob'@'%' identified by \"a''b\\\"c\" require ssl",
      "create user 'bob'@'%' identified by *** require ssl",
    ],
    ["GRANT ALL ON *.* TO a IDENTIFIED BY PASSWORD '*2470C0'", "GRANT ALL ON *.* TO a IDENTIFIED BY PASSWORD ***"],
    [
      "ALTER USER a IDENTIFIED WITH 'caching_sha2_password' BY 'x', b IDENTIFIED BY 'y'",
      "ALTER USER a IDENTIFIED WITH 'caching_sha2_password' BY ***, b IDENTIFIED BY ***",
    ],
    [
      "ALTER USER a IDENTIFIED WITH mysql_native_password AS 0x2A32",
      "ALTER USER a IDENTIFIED WITH mysql_native_password AS ***",
    ],
    [
      "CREATE USER a IDENTIFIED VIA ed25519 USING PASSWORD('x') OR mysql_native_password USING '*AB'",
      "CREATE USER a IDENTIFIED VIA ed25519 USING PASSWORD(***) OR mysql_native_password USING ***",
    ],
    [
      "ALTER USER a IDENTIFIED BY 'new' REPLACE 'old' RETAIN CURRENT PASSWORD",
      "ALTER USER a IDENTIFIED BY *** REPLACE *** RETAIN CURRENT PASSWORD",
    ],
    ["SET PASSWORD = 'x'", "SET PASSWORD = ***"],
    ["SET PASSWORD = 'new' REPLACE 'old'", "SET PASSWORD = *** REPLACE ***"],
    ["SET PASSWORD FOR 'bob'@'%' = 'x'", "SET PASSWORD FOR 'bob'@'%' = ***"],
    ["SET PASSWORD FOR 'bob'@'%' = OLD_PASSWORD('x')", "SET PASSWORD FOR 'bob'@'%' = OLD_PASSWORD(***)"],
    [
      "CHANGE MASTER TO MASTER_USER='r', MASTER_PASSWORD='x', MASTER_PORT=1",
      "CHANGE MASTER TO MASTER_USER='r', MASTER_PASSWORD=***, MASTER_PORT=1",
    ],
    [
      "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', PASSWORD 'p')",
      "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', PASSWORD ***)",
    ],
    [
      "CREATE TABLE f (id INT) ENGINE=FEDERATED CONNECTION='mysql://u:p@h/d/t'",
      "CREATE TABLE f (id INT) ENGINE=FEDERATED CONNECTION=***",
    ],
  ]);
});

Deno.test("role statements of PostgreSQL lose their passwords", () => {
  holds("postgresql", [
    [
      "CREATE ROLE bob LOGIN PASSWORD 'x' VALID UNTIL '2030-01-01'",
      "CREATE ROLE bob LOGIN PASSWORD *** VALID UNTIL '2030-01-01'",
    ],
    [
      "ALTER USER bob WITH ENCRYPTED PASSWORD E'a\\'b'; SELECT 'c'",
      "ALTER USER bob WITH ENCRYPTED PASSWORD ***; SELECT 'c'",
    ],
    ["ALTER USER bob PASSWORD $$x'y$$, NOLOGIN", "ALTER USER bob PASSWORD ***, NOLOGIN"],
    ["ALTER USER bob PASSWORD $tag$x$$y$tag$", "ALTER USER bob PASSWORD ***"],
    ["ALTER USER bob PASSWORD 'ends in \\'; SELECT 'c'", "ALTER USER bob PASSWORD ***; SELECT 'c'"],
    ["ALTER USER bob PASSWORD U&'\\0041' CREATEDB", "ALTER USER bob PASSWORD *** CREATEDB"],
    [
      "CREATE SUBSCRIPTION s CONNECTION 'host=h password=p' PUBLICATION p",
      "CREATE SUBSCRIPTION s CONNECTION *** PUBLICATION p",
    ],
    ["SELECT * FROM dblink('password=x', 'SELECT 1') AS t(a int)", "SELECT * FROM dblink(***, ***) AS t(a int)"],
    [
      "CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'b', password 'x')",
      "CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'b', password ***)",
    ],
  ]);
});

Deno.test("columns with such a name, and functions of keys and passwords", () => {
  holds("mysql", [
    [
      "UPDATE users SET name = 'a', password = 'x' WHERE id = 1",
      "UPDATE users SET name = 'a', password = *** WHERE id = 1",
    ],
    [
      "SELECT * FROM u WHERE `user_password` != 'x' AND name = 'b'",
      "SELECT * FROM u WHERE `user_password` != *** AND name = 'b'",
    ],
    ["SELECT * FROM u WHERE password IN ('x', 'y') OR 'z'", "SELECT * FROM u WHERE password IN (***, ***) OR 'z'"],
    [
      "INSERT INTO u VALUES (1, PASSWORD(CONCAT('a', 'b')), 'c')",
      "INSERT INTO u VALUES (1, PASSWORD(CONCAT(***, ***)), 'c')",
    ],
    ["SELECT AES_DECRYPT(c, 'key'), 'd'", "SELECT AES_DECRYPT(c, ***), 'd'"],
    ["UPDATE u SET password = _utf8mb4'x'", "UPDATE u SET password = ***"],
    ["SET @x = 'a', password = 'a' 'b'\n'c'", "SET @x = 'a', password = ***"],
  ]);
  holds("postgresql", [["UPDATE u SET \"password\" = 'x', n = 'y'", "UPDATE u SET \"password\" = ***, n = 'y'"]]);
});

Deno.test("a secret is found behind comments and in what MySQL executes of them", () => {
  holds("mysql", [
    [
      "/* it's */ ALTER USER a IDENTIFIED /* x */ BY -- 'no'\n 'x'",
      "/* it's */ ALTER USER a IDENTIFIED /* x */ BY -- 'no'\n ***",
    ],
    ["ALTER USER a /*!50700 IDENTIFIED BY 'x' */", "ALTER USER a /*!50700 IDENTIFIED BY *** */"],
    ["SELECT 5--3; # it's\nSET PASSWORD = 'x'", "SELECT 5--3; # it's\nSET PASSWORD = ***"],
    ["SELECT '/*', PASSWORD('x')", "SELECT '/*', PASSWORD(***)"],
  ]);
  holds("postgresql", [
    ["/* a /* it's */ b */ ALTER USER a PASSWORD 'x'", "/* a /* it's */ b */ ALTER USER a PASSWORD ***"],
    ["SELECT 1 # 2; ALTER USER a PASSWORD 'x'", "SELECT 1 # 2; ALTER USER a PASSWORD ***"],
  ]);
});

Deno.test("a secret is found in statements that stand in literals", () => {
  holds("mysql", [
    ["PREPARE s FROM 'SET PASSWORD = ''x'''", "PREPARE s FROM 'SET PASSWORD = ***'"],
    ["PREPARE s FROM \"ALTER USER a IDENTIFIED BY 'x'\"", 'PREPARE s FROM "ALTER USER a IDENTIFIED BY ***"'],
  ]);
  holds("postgresql", [
    [
      "DO $$ BEGIN EXECUTE 'ALTER ROLE a PASSWORD ''x'''; END $$",
      "DO $$ BEGIN EXECUTE 'ALTER ROLE a PASSWORD ***'; END $$",
    ],
  ]);
});

Deno.test("a statement that was cut hides its secret to the end", () => {
  holds("mysql", [
    ["SET PASSWORD = 'abc", "SET PASSWORD = ***"],
    ["SET PASSWORD = 'abc\\", "SET PASSWORD = ***"],
    ["SET PASSWORD = '", "SET PASSWORD = ***"],
    ["PREPARE s FROM 'SET PASSWORD = ''abc", "PREPARE s FROM 'SET PASSWORD = ***"],
  ]);
  holds("postgresql", [["ALTER USER a PASSWORD $q$abc", "ALTER USER a PASSWORD ***"]]);
});

Deno.test("what is no secret is left alone", () => {
  keeps("mysql", [
    "SELECT 'a', \"b\", 1 FROM t WHERE x = 'it''s'",
    "KILL CONNECTION 5",
    "ALTER USER a PASSWORD EXPIRE INTERVAL 90 DAY COMMENT 'x'",
    "SHOW VARIABLES LIKE 'validate_password%'",
    "SELECT password, name FROM u WHERE name = 'bob'",
    "SET GLOBAL validate_password.policy = 'LOW'",
    "UPDATE u SET password = ? WHERE id = 5",
    "CREATE TABLE u (password VARCHAR(64) DEFAULT 'none')",
    "SELECT 'IDENTIFIED BY'",
  ]);
  keeps("postgresql", [
    "ALTER ROLE bob PASSWORD NULL",
    "UPDATE u SET password = $1 WHERE id = 5",
    "SET password_encryption = 'md5'",
    "SELECT $1, 'password', $fn$ plain $fn$",
  ]);
});

Deno.test("any text is read in a bounded number of steps", () => {
  for (const part of ["$a$", "'", "/*", "(", "PASSWORD ", "`", "\\'", "password='", "''", "$", "E'", '"password"']) {
    const text = "password" + part.repeat(40_000);
    for (const dialect of ["mysql", "postgresql"] as const) assert.ok(maskSql(text, dialect).length > 0);
  }
});
