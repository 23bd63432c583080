/** The SQL of EXECUTE: by the server's id, bounded, and unknown where it was not seen. */
import assert from "node:assert/strict";
import { concat } from "../../tools/build.ts";
import { closeStatement, command, execute, heardOf, letIn, ok, packet, prepare, prepared, said } from "./wire.ts";

const done = packet(1, ok());

Deno.test("an id keeps its SQL until it is closed, or the session begins anew", () => {
  const talk = letIn().client(prepare("one")).server(prepared(1, 0, 0, true))
    .client(prepare("two")).server(prepared(2, 0, 0, true))
    .client(execute(1)).server(done).client(concat(closeStatement(1), execute(1))).server(done)
    .client(execute(2)).server(done).client(command(0x1f)).server(done).client(execute(2)).server(done);
  assert.deepEqual(said(talk).filter((line) => line.startsWith("EXECUTE")), [
    "EXECUTE one > OK 0",
    "EXECUTE <unknown> > OK 0",
    "EXECUTE two > OK 0",
    "EXECUTE <unknown> > OK 0",
  ]);
});

Deno.test("-1 is the statement that was just prepared, though its answer has not come", () => {
  const talk = letIn().client(concat(prepare("one"), execute(0xffffffff)))
    .server(concat(prepared(1, 0, 0, true), done));
  assert.deepEqual(said(talk), ["PREPARE one > OK 0", "EXECUTE one > OK 0"]);
});

Deno.test("the texts of one connection are bounded, and the oldest are forgotten", () => {
  const talk = letIn();
  const text = (i: number) => `${i} ${"x".repeat(1015)}`;
  for (let i = 0; i < 1200; i++) talk.client(prepare(text(i))).server(prepared(i, 0, 0, true));
  const { lines, account } = heardOf(talk.client(execute(0)).server(done).client(execute(1199)).server(done).packets);
  assert.equal(lines.at(-2).Request.Statement, "<unknown>");
  assert.equal(lines.at(-1).Request.Statement, text(1199));
  assert.ok(account.reasons.counts.get("prepared statements forgotten: too many on one connection")! > 0);
});
