import assert from "node:assert/strict";
import { sqlSummary } from "../../src/process/sql_summary.ts";

Deno.test("a statement in two words", () => {
  for (
    const [statement, summary] of [
      ["SELECT 1", "SELECT"],
      ["select a, b from shop.orders o join items on 1 = 1", "SELECT shop.orders"],
      ["  (SELECT * FROM (SELECT 1) x)", "SELECT"],
      ["-- a comment\nINSERT INTO `t` VALUES (1)", "INSERT `t`"],
      ["/* a **/ /* b */ update low_priority t set a = 1", "UPDATE t"],
      ['DELETE FROM "Order"', 'DELETE "Order"'],
      ["CREATE TABLE IF NOT EXISTS t (a int)", "CREATE t"],
      ["begin", "BEGIN"],
      ["", ""],
      ["<unknown>", ""],
      ["/* never closed", ""],
    ]
  ) assert.equal(sqlSummary(statement), summary, statement);
  assert.equal(sqlSummary("SELECT * FROM " + "t".repeat(2000)).length, 255);
});
