/** Commands and replies in all their forms, RESP2 and RESP3. */
import assert from "node:assert/strict";
import { CommandReader } from "../../../src/protocols/redis/request.ts";
import { bytesOf, Talk } from "../../tools/build.ts";
import { bulk, command, commands, PORT, seen, seenIn } from "./wire.ts";

Deno.test("a round trip prints as the contract has it", () => {
  const { lines } = seen((talk) => talk.client(command("GET", "k")).server("$5\r\nhello\r\n"));
  assert.deepEqual(lines, [
    '{"Request":{"Command":"GET","Size":4,"Proto":"Redis","Host":"10.0.0.1","Port":40000,' +
    '"Time":"2023-11-14T22:13:20.003Z"},"Response":{"DataType":"BulkStrings","Size":5,"Host":"10.0.0.2",' +
    '"Proto":"Redis","Port":6379,"Time":"2023-11-14T22:13:20.004Z"},"Duration":"1ms"}',
  ]);
});

Deno.test("every type of value has its name and its size: text without type bytes, lengths and line ends", () => {
  const replies: [reply: string, expected: string][] = [
    ["+OK\r\n", "SimpleStrings 2"],
    ["+\r\n", "SimpleStrings 0"],
    ["-ERR no\r\n", "Errors 6"],
    [":-1000\r\n", "Integers 5"],
    ["$0\r\n\r\n", "BulkStrings 0"],
    ["$-1\r\n", "BulkStrings 0"],
    ["$6\r\na\r\nb\r\n\r\n", "BulkStrings 6"],
    ["*0\r\n", "Array 0"],
    ["*-1\r\n", "Array 0"],
    ["*3\r\n$0\r\n\r\n$-1\r\n:7\r\n", "Array 1"],
    ["*2\r\n*2\r\n+a\r\n*0\r\n*1\r\n$3\r\nabc\r\n", "Array 4"],
    ["_\r\n", "Null 0"],
    ["#t\r\n", "Booleans 1"],
    [",3.141\r\n", "Doubles 5"],
    [",-inf\r\n", "Doubles 4"],
    ["(1234567999999999999999999999999999999\r\n", "BigNumbers 37"],
    ["!9\r\nERR it is\r\n", "BulkErrors 9"],
    ["=7\r\ntxt:abc\r\n", "VerbatimStrings 7"],
    ["%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n", "Maps 4"],
    ["%0\r\n", "Maps 0"],
    ["~2\r\n+a\r\n+b\r\n", "Sets 2"],
  ];
  for (const [reply, expected] of replies) {
    const { trips } = seen((talk) =>
      talk.client(commands("X")).server(reply).client(commands("PING")).server("+P\r\n")
    );
    assert.deepEqual(trips, [`X 1 ${expected}`, "PING 4 SimpleStrings 1"], reply);
  }
});

Deno.test("streamed strings and aggregates end where they say", () => {
  const replies: [reply: string, expected: string][] = [
    ["$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n", "BulkStrings 5"],
    ["$?\r\n;0\r\n", "BulkStrings 0"],
    ["*?\r\n:1\r\n:22\r\n.\r\n", "Array 3"],
    ["%?\r\n+a\r\n:1\r\n.\r\n", "Maps 2"],
    ["~?\r\n.\r\n", "Sets 0"],
    ["*2\r\n*?\r\n*2\r\n+a\r\n*?\r\n.\r\n*?\r\n+b\r\n.\r\n.\r\n$?\r\n;3\r\nxyz\r\n;0\r\n", "Array 5"],
    ["*?\r\n*1\r\n*?\r\n.\r\n*0\r\n.\r\n", "Array 0"],
  ];
  for (const [reply, expected] of replies) {
    const { trips } = seen((talk) =>
      talk.client(commands("X")).server(reply).client(commands("PING")).server("+P\r\n")
    );
    assert.deepEqual(trips, [`X 1 ${expected}`, "PING 4 SimpleStrings 1"], reply);
  }
});

Deno.test("attributes are no part of the reply that they precede", () => {
  const { trips } = seen((talk) =>
    talk.client(commands("A", "B", "C", "D"))
      .server("|1\r\n+key-popularity\r\n%1\r\n$1\r\na\r\n,0.1923\r\n*2\r\n:20\r\n:95\r\n")
      .server("*3\r\n:1\r\n|1\r\n+ttl\r\n:3600\r\n:2\r\n:3\r\n")
      .server("|?\r\n+a\r\n|1\r\n+b\r\n+c\r\n:1\r\n.\r\n|0\r\n$1\r\nx\r\n")
      .server("*?\r\n|1\r\n+a\r\n+b\r\n+cc\r\n.\r\n")
  );
  assert.deepEqual(trips, ["A 1 Array 4", "B 1 Array 3", "C 1 BulkStrings 1", "D 1 Array 2"]);
});

Deno.test("pipelined commands are answered in order, whatever lies in one segment", () => {
  const { trips } = seen((talk) =>
    talk.client(commands("SET a 1", "GET a", "NOPE", "INCR a")).server("+OK\r\n$1\r\n1\r\n-ERR")
      .server(" unknown\r\n:2\r\n").client(commands("PING", "PING")).server("+PONG\r\n+PONG\r\n")
  );
  assert.deepEqual(trips, [
    "SET 5 SimpleStrings 2",
    "GET 4 BulkStrings 1",
    "NOPE 4 Errors 11",
    "INCR 5 Integers 1",
    "PING 4 SimpleStrings 4",
    "PING 4 SimpleStrings 4",
  ]);
});

Deno.test("a request's time is that of the packet with the command's name, a response's that of its last", () => {
  const { lines } = seen((talk) =>
    talk.client("*3\r\n$3\r\nSE").client("T\r\n$1\r\nk\r\n").client("$2\r\nab\r\n").server("+O").server("K\r\n")
  );
  assert.match(lines[0], /"Time":"2023-11-14T22:13:20.004Z".*"Time":"2023-11-14T22:13:20.007Z".*"Duration":"3ms"/);
});

Deno.test("every command has its name in capitals, with the subcommand where it has one", () => {
  const names: [words: string[], name: string][] = [
    [["get", "a"], "GET"],
    [["client", "info"], "CLIENT INFO"],
    [["Client", "no-Evict", "on"], "CLIENT NO-EVICT"],
    [["CLIENT", "SOMETHING"], "CLIENT"],
    [["CLIENT"], "CLIENT"],
    [["CLUSTER", "COUNT-FAILURE-REPORTS", "x"], "CLUSTER COUNT-FAILURE-REPORTS"],
    [["CONFIG", "GET", "*"], "CONFIG GET"],
    [["FUNCTION", "LOAD", "x"], "FUNCTION LOAD"],
    [["XGROUP", "CREATE", "s", "g", "$"], "XGROUP CREATE"],
    [["GETDEL", "a"], "GETDEL"],
    [["FCALL", "f", "0"], "FCALL"],
    [["JSON.SET", "a", "$", "1"], "JSON.SET"],
    [["OBJECT", "ENCODING", "a"], "OBJECT"],
    [["x".repeat(70)], "X".repeat(64)],
    [["two words"], "TWO"],
    [[""], ""],
    [["größe"], "GRößE"],
  ];
  for (const [words, name] of names) {
    const { lines } = seen((talk) => talk.client(command(...words)).server("+OK\r\n"));
    assert.equal(JSON.parse(lines[0]).Request.Command, name);
  }
});

Deno.test("inline commands are split as the server does, and have the size of their words", () => {
  const { trips } = seen((talk) =>
    talk.client('PING\r\nset k "a b"\r\n\r\n  GET\tk \nSET \'it\\\'s\' "\\x41\\"\\n"\r\nCLIENT  ID\r\n')
      .server("+PONG\r\n+OK\r\n$3\r\na b\r\n+OK\r\n:5\r\n")
      .client("*0\r\n*-1\r\n").client(command("GET", "k")).server("$-1\r\n")
  );
  assert.deepEqual(trips, [
    "PING 4 SimpleStrings 4",
    "SET 7 SimpleStrings 2",
    "GET 4 BulkStrings 3",
    "SET 10 SimpleStrings 2",
    "CLIENT ID 8 Integers 1",
    "GET 4 BulkStrings 0",
  ]);
});

Deno.test("a line with an open quote is answered by an error", () => {
  const { trips, unanswered } = seen((talk) =>
    talk.client('SET a "open\r\nCLIENT REPLY "OFF"x\r\n').server("-ERR Protocol error: unbalanced quotes\r\n").fin(1)
      .fin(0)
  );
  assert.deepEqual(trips, ["SET 8 Errors 37"]);
  assert.deepEqual(unanswered, ["CLIENT"]);
});

Deno.test("a value of 512 MB is skipped by count, and its answer is paired", () => {
  const size = 512 * 1024 * 1024;
  const reader = new CommandReader();
  const piece = new Uint8Array(64 * 1024).fill(0x2a);
  const head = bytesOf(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${size}\r\n`);
  assert.equal(reader.take(head, 0, head.length), head.length);
  for (let sent = 0; sent < size; sent += piece.length) assert.equal(reader.take(piece, 0, piece.length), piece.length);
  assert.equal(reader.take(bytesOf("\r\n*1"), 0, 4), 2);
  assert.deepEqual([reader.done, reader.name, reader.size], [true, "SET", size + 4]);
});

Deno.test("a large value goes through without being carried from segment to segment", () => {
  const piece = "v".repeat(50_000);
  const talk = new Talk(PORT).handshake().client(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${200 * 50_000}\r\n`);
  for (let i = 0; i < 200; i++) talk.client(piece);
  talk.client("\r\n").server("+OK\r\n").client(command("GET", "k")).server(`$${200 * 50_000}\r\n`);
  for (let i = 0; i < 200; i++) talk.server(piece);
  const { trips, ledger } = seenIn(talk.server("\r\n").packets);
  assert.deepEqual(trips, ["SET 10000004 SimpleStrings 2", "GET 4 BulkStrings 10000000"]);
  assert.equal(ledger.skippedBytes, 0);
});

Deno.test("an argument is never kept: nothing printed, counted or traced shows a password", () => {
  const secret = "hunter2";
  const asked = [
    ["AUTH", secret],
    ["AUTH", "user", secret],
    ["HELLO", "3", "AUTH", "default", secret],
    ["ACL", "SETUSER", "joe", "on", ">" + secret],
    ["CONFIG", "SET", "requirepass", secret],
    ["CONFIG", "SET", "masterauth", secret],
    ["MIGRATE", "h", "6379", "k", "0", "100", "AUTH", secret],
    ["MIGRATE", "h", "6379", "k", "0", "100", "AUTH2", "user", secret],
  ];
  const { lines, ledger } = seen((talk) => {
    for (const words of asked) {
      talk.client(command(...words)).server("+OK\r\n");
      talk.client(words.join(" ") + "\r\n").server(`-ERR ${bulk(secret).length} ${secret}\r\n`);
    }
    return talk;
  });
  assert.equal(lines.length, 16);
  assert.ok(!lines.join("").toLowerCase().includes(secret));
  assert.ok(!JSON.stringify([...ledger.reasons.counts]).includes(secret));
});
