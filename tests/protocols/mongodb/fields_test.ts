/** Which command, which database and collection, which outcome. */
import assert from "node:assert/strict";
import { concat, Talk } from "../../tools/build.ts";
import {
  cstring,
  document,
  heard,
  i32,
  i64,
  type Line,
  message,
  msg,
  ok,
  query,
  Raw,
  reply,
  request,
  sequence,
  short,
  type Value,
} from "./wire.ts";

type Body = { [name: string]: Value };

const talk = () => new Talk(27017).handshake();
const kind0 = new Uint8Array(1);

/** What is printed of a command with this document, answered by that one. */
function asked(command: Body, answer: Body = { ok: 1 }): { Request: Line; Response: Line } {
  const { lines } = heard(talk().client(request(7, command)).server(msg(1, 7, answer)));
  assert.equal(lines.length, 1);
  return lines[0];
}

function outcome(answer: Body, command: Body = { find: "c", $db: "d" }): unknown[] {
  const { Ok, Code, Message } = asked(command, answer).Response;
  return [Ok, Code, Message];
}

Deno.test("a round trip prints as the contract has it", () => {
  const { packets } = talk().client(request(6, { ping: 1, $db: "admin" })).server(
    msg(1, 6, { ok: new Raw(1, i64(0x3ff0000000000000n)) }),
  );
  const { lines } = heard({ packets } as Talk);
  assert.equal(
    JSON.stringify(lines[0]),
    '{"Request":{"ID":6,"Host":"10.0.0.1","Port":40000,"Proto":"MongoDB","OpCode":"MSG","Source":"admin","Collection":"",' +
      '"CmdName":"ping","CmdValue":"1","Size":51,"Time":"2023-11-14T22:13:20.003Z"},"Response":{"ID":6,"Host":"10.0.0.2",' +
      '"Port":27017,"Proto":"MongoDB","OpCode":"MSG","Ok":1,"Code":0,"Message":"OK","Size":38,' +
      '"Time":"2023-11-14T22:13:20.004Z"},"Duration":"1ms"}',
  );
});

Deno.test("the command is the first key, its value a text or a whole number", () => {
  const values: [Value, string][] = [
    [1, "1"],
    [1.5, "1"],
    [-3n, "-3"],
    [0x7fffffffffffffffn, "9223372036854775807"],
    ["text", "text"],
    [true, ""],
    [null, ""],
    [{ count: "inner" }, ""],
    [["find"], ""],
  ];
  for (const [value, text] of values) {
    const { CmdName, CmdValue, Collection } =
      asked({ someCommand: value, find: "no", nested: { $db: "no" }, $db: "d" }).Request;
    assert.deepEqual([CmdName, CmdValue, Collection], ["someCommand", text, ""]);
  }
});

Deno.test("the collection is the command's value, the field beside it, or that of an explained command", () => {
  const collections: [Body, string][] = [
    [{ find: "items", $db: "d" }, "items"],
    [{ findandmodify: "items", $db: "d" }, "items"],
    [{ getMore: 5n, collection: "items", batchSize: 3, $db: "d" }, "items"],
    [{ killCursors: "items", cursors: [5n], $db: "d" }, "items"],
    [{ aggregate: 1, pipeline: [{ count: "no" }], $db: "d" }, ""],
    [{ getLog: "global", $db: "admin" }, ""],
    [{ explain: { find: "items", collection: "no", $db: "no" }, verbosity: "queryPlanner", $db: "d" }, "items"],
    [{ find: "", $db: "d" }, ""],
  ];
  for (const [body, collection] of collections) assert.equal(asked(body).Request.Collection, collection);
});

Deno.test("all types of BSON are passed over on the way to the database", () => {
  const text = (type: number) => new Raw(type, concat(i32(3), cstring("ab")));
  const elements: Body = {
    double: 1.5,
    string: "s",
    document: { a: { b: [1] } },
    array: [[], {}],
    binary: new Uint8Array(300),
    undefined: new Raw(0x06, kind0.subarray(1)),
    id: new Raw(0x07, new Uint8Array(12)),
    boolean: false,
    date: new Raw(0x09, i64(5n)),
    null: null,
    regex: new Raw(0x0b, concat(cstring("a.*"), cstring("i"))),
    pointer: new Raw(0x0c, concat(i32(3), cstring("ab"), new Uint8Array(12))),
    code: text(0x0d),
    symbol: text(0x0e),
    scope: new Raw(0x0f, concat(i32(4 + 7 + 5), i32(3), cstring("ab"), document({}))),
    int32: 5,
    timestamp: new Raw(0x11, i64(5n)),
    int64: 5n,
    decimal: new Raw(0x13, new Uint8Array(16)),
    least: new Raw(0xff, kind0.subarray(1)),
    greatest: new Raw(0x7f, kind0.subarray(1)),
    ["long name ".repeat(40)]: 1,
  };
  assert.equal(asked({ ping: 1, ...elements, $db: "found" }).Request.Source, "found");
  assert.deepEqual(outcome({ ...elements, ok: 0, code: 13 }), [0, 13, "Unauthorized"]);
});

Deno.test("sections come in any order, with and without a checksum", () => {
  const body = concat(kind0, document({ insert: "c", $db: "d" }));
  const documents = sequence("documents", document({ find: "no", $db: "no" }), document({}));
  const more = sequence("more", document({}));
  for (const sections of [[body, documents], [documents, body], [more, body, documents], [more, documents, body]]) {
    for (const checksum of [false, true]) {
      const parts = [i32(checksum ? 1 : 0), ...sections, ...(checksum ? [i32(-1)] : [])];
      const { lines, ledger } = heard(
        talk().client(concat(message(2013, 7, 0, ...parts), request(8, { a: 1, $db: "d" }))).server(ok(7)).server(
          ok(8),
        ),
      );
      assert.deepEqual(short(lines), ["insert d.c > 1 0 OK", "a d. > 1 0 OK"]);
      assert.equal(ledger.reasons.counts.size, 0);
    }
  }
});

Deno.test("errors: of the command, of a write, of the write concern, in this order", () => {
  assert.deepEqual(outcome({ ok: 0, errmsg: "no", code: 26, codeName: "NamespaceNotFound" }), [
    0,
    26,
    "NamespaceNotFound",
  ]);
  assert.deepEqual(outcome({ ok: 0, code: 26 }), [0, 26, "NamespaceNotFound"]);
  assert.deepEqual(outcome({ ok: 0, code: 999, codeName: "FromALaterVersion" }), [0, 999, "FromALaterVersion"]);
  assert.deepEqual(outcome({ ok: 0, code: 17419, errmsg: "text only" }), [0, 17419, "text only"]);
  assert.deepEqual(outcome({ ok: 0, errmsg: "before there were codes" }), [0, 0, "before there were codes"]);
  assert.deepEqual(outcome({ ok: 0 }), [0, 0, ""]);
  assert.deepEqual(outcome({ ok: false, code: 2n }), [0, 2, "BadValue"]);
  const concern = { code: 64, codeName: "WriteConcernTimeout", errmsg: "waited" };
  const writes: Body[] = [{ index: 3, code: 11000, keyPattern: { code: 1 }, errmsg: "E11000" }, {
    index: 4,
    code: 121,
    errmsg: "x",
  }];
  assert.deepEqual(outcome({ n: 0, writeConcernError: concern, ok: 1 }), [1, 64, "WriteConcernTimeout"]);
  assert.deepEqual(outcome({ writeConcernError: concern, writeErrors: writes, ok: 1 }), [1, 11000, "DuplicateKey"]);
  assert.deepEqual(outcome({ writeErrors: writes, writeConcernError: concern, ok: 1 }), [1, 11000, "DuplicateKey"]);
  assert.deepEqual(outcome({ writeErrors: writes, ok: 0, code: 50, errmsg: "late" }), [0, 50, "MaxTimeMSExpired"]);
  assert.deepEqual(outcome({ ok: 0, code: 50, writeErrors: writes }), [0, 50, "MaxTimeMSExpired"]);
});

Deno.test("what users keep in documents is no outcome", () => {
  const decoy = { ok: 0, code: 7, errmsg: "no", writeErrors: [{ code: 9 }] };
  assert.deepEqual(outcome({ cursor: { firstBatch: [decoy], id: 0n, ns: "d.c" }, ok: 1 }), [1, 0, "OK"]);
  assert.deepEqual(outcome({ value: decoy, ok: 1 }), [1, 0, "OK"]);
});

Deno.test("bulkWrite tells its failures in the cursor of its reply", () => {
  const command: Body = { bulkWrite: 1, $db: "admin" };
  const firstBatch: Body[] = [{ ok: 1, idx: 0, n: 1 }, { ok: 0, idx: 1, code: 11000, errmsg: "E11000", n: 0 }, {
    ok: 0,
    idx: 2,
    code: 2,
  }];
  assert.deepEqual(outcome({ cursor: { id: 0n, firstBatch, ns: "x" }, nErrors: 2, ok: 1 }, command), [
    1,
    11000,
    "DuplicateKey",
  ]);
  assert.deepEqual(outcome({ cursor: { firstBatch: firstBatch.slice(0, 1) }, ok: 1 }, command), [1, 0, "OK"]);
});

Deno.test("legacy commands are queries to $cmd, also inside $query", () => {
  const { lines } = heard(
    talk().client(query(1, "admin.$cmd", { isMaster: 1, client: { find: "no" } })).server(reply(1, [{ ok: 1 }]))
      .client(query(2, "d.$cmd", { $query: { count: "c", query: {} }, $readPreference: { mode: "primary" } }))
      .server(reply(2, [{ n: 3, ok: 1 }]))
      .client(query(3, "d.$cmd", { getlasterror: 1 })).server(reply(3, [{ err: null, n: 0, ok: 1 }]))
      .client(query(4, "d.$cmd", { getLastError: 1 })).server(reply(4, [{ err: "E11000 dup", code: 11000, ok: 1 }]))
      .client(query(5, "d.$cmd", { $query: { getMore: 9n, collection: "c" } })).server(reply(5, [{ ok: 1 }])),
  );
  assert.deepEqual(short(lines), [
    "isMaster admin. > 1 0 OK",
    "count d.c > 1 0 OK",
    "getlasterror d. > 1 0 OK",
    "getLastError d. > 1 11000 DuplicateKey",
    "getMore d.c > 1 0 OK",
  ]);
});

Deno.test("legacy queries find, and their documents are no outcome; flags tell of errors", () => {
  const more = message(2005, 2, 0, i32(0), cstring("d.a.b"), i32(100), i64(0x7fffffffffffffffn));
  const decoy = { $err: "no", code: 5, ok: 0 };
  const { lines } = heard(
    talk().client(query(1, "d.a.b", { $query: { x: 1 }, $orderby: {} })).server(reply(1, [decoy, decoy], 0, 5n))
      .client(more).server(reply(2, [decoy]))
      .client(more).server(reply(2, [], 1))
      .client(query(3, "d.c", { $bad: 1 })).server(reply(3, [{ $err: "unknown operator", code: 2 }], 2)),
  );
  assert.deepEqual(short(lines), [
    "find d.a.b > 1 0 OK",
    "getMore d.a.b > 1 0 OK",
    "getMore d.a.b > 0 43 CursorNotFound",
    "find d.c > 0 2 BadValue",
  ]);
  assert.deepEqual([lines[1].Request.OpCode, lines[1].Request.CmdValue], ["GET_MORE", "9223372036854775807"]);
});

Deno.test("legacy writes and OP_KILL_CURSORS are one-way", () => {
  const { lines, ledger } = heard(
    talk().client(concat(
      message(2002, 1, 0, i32(0), cstring("d.c"), document({ _id: 1 })),
      message(2001, 2, 0, i32(0), cstring("d.c"), i32(0), document({}), document({})),
      message(2006, 3, 0, i32(0), cstring("d.c"), i32(0), document({})),
      message(2007, 4, 0, i32(0), i32(1), i64(5n)),
      query(5, "d.$cmd", { getlasterror: 1 }),
    )).server(reply(5, [{ ok: 1 }])),
  );
  assert.deepEqual(short(lines), ["getlasterror d. > 1 0 OK"]);
  assert.deepEqual([ledger.requests, ledger.oneWay, ledger.paired], [5, 4, 1]);
});

Deno.test("OP_COMMAND and OP_COMMANDREPLY, spoken by versions 3.2 to 4.0", () => {
  const command = message(2010, 3, 0, cstring("d"), cstring("find"), document({}), document({ find: "c", filter: {} }));
  const early = message(2011, 1, 3, document({}), document({ ok: 0, code: 13, errmsg: "no" }));
  const late = message(2011, 1, 3, document({ ok: 1 }), document({ $gleStats: {} }));
  const { lines } = heard(talk().client(command).server(early).client(command).server(late));
  assert.deepEqual(short(lines), ["find d.c > 0 13 Unauthorized", "find d.c > 1 0 OK"]);
  assert.deepEqual([lines[0].Request.OpCode, lines[0].Response.OpCode], ["COMMAND", "COMMANDREPLY"]);
});

Deno.test("nothing of an authentication is printed", () => {
  const secret = "n,,n=user,r=nonce";
  const payload = new TextEncoder().encode(secret);
  const { packets } = talk()
    .client(request(1, { saslStart: 1, mechanism: "SCRAM-SHA-256", payload, db: secret, $db: "admin" }))
    .server(msg(9, 1, { conversationId: 1, payload, done: false, ok: 1 }))
    .client(request(2, { hello: 1, speculativeAuthenticate: { saslStart: 1, payload: secret }, $db: "admin" }))
    .server(msg(9, 2, { speculativeAuthenticate: { payload }, ok: 1 }));
  const { lines } = heard({ packets } as Talk);
  assert.deepEqual(short(lines), ["saslStart admin. > 1 0 OK", "hello admin. > 1 0 OK"]);
  assert.ok(!JSON.stringify(lines).includes("nonce"));
});
