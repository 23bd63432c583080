/** What changes the order of answers: subscriptions, pushes, MONITOR, CLIENT REPLY, transactions, replication. */
import assert from "node:assert/strict";
import { bulk, command, commands, joined, seen } from "./wire.ts";

const confirmed = (type: string, kind: string, name: string | null, left: number) =>
  `${type}3\r\n${bulk(kind)}${name === null ? "$-1\r\n" : bulk(name)}:${left}\r\n`;
const message = (type: string, channel: string, text: string) =>
  `${type}3\r\n${bulk("message")}${bulk(channel)}${bulk(text)}`;

Deno.test("RESP2: confirmations answer their command with the last of them, messages answer nothing", () => {
  const { trips, ledger } = seen((talk) =>
    talk.client(commands("SUBSCRIBE a b"))
      .server(confirmed("*", "subscribe", "a", 1) + confirmed("*", "subscribe", "b", 2))
      .server(message("*", "a", "one")).client(commands("PSUBSCRIBE x*", "PING"))
      .server(message("*", "a", "two") + confirmed("*", "psubscribe", "x*", 3) + message("*", "b", "3"))
      .server(`*2\r\n${bulk("pong")}${bulk("")}`).server(
        `*4\r\n${bulk("pmessage")}${bulk("x*")}${bulk("xy")}${bulk("4")}`,
      )
      .client(commands("UNSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "GET k"))
      .server(confirmed("*", "unsubscribe", "b", 2) + message("*", "a", "5") + confirmed("*", "unsubscribe", "a", 1))
      .server(confirmed("*", "unsubscribe", null, 1) + confirmed("*", "punsubscribe", "x*", 0))
      .server(message("*", "looks", "like one"))
  );
  assert.deepEqual(trips, [
    "SUBSCRIBE 11 Array 22",
    "PSUBSCRIBE 12 Array 13",
    "PING 4 Array 4",
    "UNSUBSCRIBE 11 Array 26",
    "UNSUBSCRIBE 11 Array 12",
    "PUNSUBSCRIBE 12 Array 15",
    "GET 4 Array 20",
  ]);
  assert.equal(ledger.pushed, 5);
});

Deno.test("RESP2: a command refused to a subscriber is answered by its error", () => {
  const { trips } = seen((talk) =>
    talk.client(commands("SUBSCRIBE a", "GET k", "RESET", "LRANGE l"))
      .server(confirmed("*", "subscribe", "a", 1) + "-ERR Can't execute 'get'\r\n+RESET\r\n" + message("*", "1", "2"))
  );
  assert.deepEqual(trips, [
    "SUBSCRIBE 10 Array 11",
    "GET 4 Errors 23",
    "RESET 5 SimpleStrings 5",
    "LRANGE 7 Array 9",
  ]);
});

Deno.test("RESP3: pushes answer nothing but for confirmations, and arrays are always replies", () => {
  const { trips, ledger } = seen((talk) =>
    talk.client(commands("HELLO 3")).server("%1\r\n+proto\r\n:3\r\n")
      .client(commands("SUBSCRIBE a b", "GET k", "LRANGE l"))
      .server(`>2\r\n${bulk("invalidate")}*1\r\n${bulk("k")}`)
      .server(confirmed(">", "subscribe", "a", 1) + confirmed(">", "subscribe", "b", 2) + message(">", "a", "hi"))
      .server("_\r\n" + message("*", "not", "one") + `>1\r\n+x\r\n`)
      .client(commands("SSUBSCRIBE s", "SUNSUBSCRIBE", "UNSUBSCRIBE"))
      .server(confirmed(">", "ssubscribe", "s", 1) + confirmed(">", "sunsubscribe", "s", 0))
      .server(confirmed(">", "unsubscribe", "a", 1) + confirmed(">", "unsubscribe", "b", 0))
      .client(commands("PING")).server(confirmed(">", "sunsubscribe", "moved", 0) + "+PONG\r\n")
  );
  assert.deepEqual(trips, [
    "HELLO 6 Maps 6",
    "SUBSCRIBE 11 Pushes 22",
    "GET 4 Null 0",
    "LRANGE 7 Array 13",
    "SSUBSCRIBE 11 Pushes 12",
    "SUNSUBSCRIBE 12 Pushes 14",
    "UNSUBSCRIBE 11 Pushes 26",
    "PING 4 SimpleStrings 4",
  ]);
  assert.equal(ledger.pushed, 4);
});

Deno.test("a connection joined late does not take a message for an answer", () => {
  const { trips, ledger } = joined((talk) =>
    talk.client(commands("PING")).server(message("*", "a", "x") + `*2\r\n${bulk("pong")}${bulk("")}`)
      .client(commands("UNSUBSCRIBE a")).server(message("*", "a", "y") + confirmed("*", "unsubscribe", "a", 0))
      .client(commands("GET k")).server("$1\r\nv\r\n").client(commands("LRANGE l")).server(message("*", "1", "2"))
  );
  assert.deepEqual(trips, ["PING 4 Array 4", "UNSUBSCRIBE 12 Array 13", "GET 4 BulkStrings 1", "LRANGE 7 Array 9"]);
  assert.equal(ledger.pushed, 2);
});

Deno.test("where nobody knows whether it listens, an array like a message makes no pair", () => {
  const { trips, ledger } = joined((talk) =>
    talk.client(commands("LRANGE l")).server(message("*", "1", "2")).client(commands("GET k")).server("$1\r\nv\r\n")
  );
  assert.deepEqual(trips, ["GET 4 BulkStrings 1"]);
  assert.equal(ledger.lost, 1);
});

Deno.test("the lines of MONITOR are counted, answers among them are paired", () => {
  const line = '+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"\r\n';
  const { trips, ledger } = seen((talk) =>
    talk.client(commands("ECHO a")).server(line).client(commands("MONITOR")).server("+OK\r\n" + line + line)
      .client(commands("PING", "RESET", "ECHO b")).server("+PONG\r\n" + line + "+RESET\r\n" + line)
  );
  assert.deepEqual(trips, [
    "ECHO 5 SimpleStrings 48",
    "MONITOR 7 SimpleStrings 2",
    "PING 4 SimpleStrings 4",
    "RESET 5 SimpleStrings 5",
    "ECHO 5 SimpleStrings 48",
  ]);
  assert.equal(ledger.pushed, 3);
});

Deno.test("CLIENT REPLY OFF, SKIP and ON decide which commands are answered", () => {
  const { trips, ledger } = seen((talk) =>
    talk.client(commands("CLIENT REPLY SKIP", "SET a 1", "PING", "client reply off", "SET a 2", "GET a"))
      .server("+PONG\r\n").client(commands("CLIENT REPLY SKIP", "SET a 3", "CLIENT REPLY ON", "GET a"))
      .server("+OK\r\n$1\r\n3\r\n")
      .client(commands("CLIENT REPLY SKIP", "CLIENT REPLY SKIP", "GET a", "CLIENT REPLY MAYBE", "CLIENT REPLY"))
      .server("-ERR syntax error\r\n-ERR wrong number\r\n")
      .client(commands("CLIENT REPLY SKIP", "CLIENT REPLY ON", "CLIENT REPLY OFF", "RESET", "GET a"))
      .server("+OK\r\n+RESET\r\n$1\r\n3\r\n")
  );
  assert.deepEqual(trips, [
    "PING 4 SimpleStrings 4",
    "CLIENT REPLY 13 SimpleStrings 2",
    "GET 4 BulkStrings 1",
    "CLIENT REPLY 16 Errors 16",
    "CLIENT REPLY 11 Errors 16",
    "CLIENT REPLY 13 SimpleStrings 2",
    "RESET 5 SimpleStrings 5",
    "GET 4 BulkStrings 1",
  ]);
  assert.equal(ledger.oneWay, 12);
});

Deno.test("while replies are off, subscriptions are answered by some servers", () => {
  const asked = commands("CLIENT REPLY OFF", "SUBSCRIBE a", "SET a 1", "CLIENT REPLY ON", "PING");
  const answered = seen((talk) => talk.client(asked).server(confirmed(">", "subscribe", "a", 1) + "+OK\r\n+PONG\r\n"));
  assert.deepEqual(answered.trips, [
    "SUBSCRIBE 10 Pushes 11",
    "CLIENT REPLY 13 SimpleStrings 2",
    "PING 4 SimpleStrings 4",
  ]);
  const silent = seen((talk) => talk.client(asked).server("+OK\r\n+PONG\r\n"));
  assert.deepEqual(silent.trips, ["CLIENT REPLY 13 SimpleStrings 2", "PING 4 SimpleStrings 4"]);
  assert.equal(silent.ledger.oneWay, 3);
});

Deno.test("a server that refuses CLIENT REPLY makes no wrong pairs", () => {
  const { trips, ledger } = seen((talk) =>
    talk.client(commands("CLIENT REPLY OFF", "SET a 1", "CLIENT REPLY ON", "GET a"))
      .server("-NOAUTH Authentication required.\r\n".repeat(4)).client(commands("AUTH p")).server("+OK\r\n")
      .client(commands("GET a")).server("$1\r\n1\r\n")
  );
  assert.deepEqual(trips, ["GET 4 BulkStrings 1"], "and the turn before it shows that the order is known again");
  assert.equal(ledger.lost, 3);
  const told = seen((talk) =>
    talk.client(commands("CLIENT REPLY OFF")).server("-ERR unknown command 'CLIENT'\r\n")
      .client(commands("GET a")).server("$1\r\n1\r\n")
  );
  assert.deepEqual(told.trips, ["GET 4 BulkStrings 1"]);
});

Deno.test("CLIENT REPLY ON answers itself where a silence may have begun unseen", () => {
  const { trips, ledger } = joined((talk) =>
    talk.client(commands("SET a 1")).client(commands("SET a 2")).ack(1).client(commands("CLIENT REPLY ON")).server(
      "+OK\r\n",
    )
      .client(commands("GET a")).server("$1\r\n2\r\n")
  );
  assert.ok(!trips.some((trip) => trip.startsWith("SET")), trips.join());
  assert.equal(trips.at(-1), "GET 4 BulkStrings 1");
  assert.ok(ledger.lost >= 2);
});

Deno.test("a transaction's commands are answered by QUEUED, EXEC by their results", () => {
  const { trips } = seen((talk) =>
    talk.client(commands("MULTI", "SET a 1", "LPUSH a x", "EXEC", "MULTI", "NOPE", "EXEC", "MULTI", "DISCARD"))
      .server(
        "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n-WRONGTYPE x\r\n+OK\r\n-ERR x\r\n-EXECABORT x\r\n+OK\r\n+OK\r\n",
      )
      .client(commands("MULTI", "SUBSCRIBE c", "EXEC", "PING"))
      .server("+OK\r\n+QUEUED\r\n*1\r\n" + confirmed("*", "subscribe", "c", 1) + message("*", "c", "m"))
      .server(`*2\r\n${bulk("pong")}${bulk("")}`)
  );
  assert.deepEqual(trips, [
    "MULTI 5 SimpleStrings 2",
    "SET 5 SimpleStrings 6",
    "LPUSH 7 SimpleStrings 6",
    "EXEC 4 Array 13",
    "MULTI 5 SimpleStrings 2",
    "NOPE 4 Errors 5",
    "EXEC 4 Errors 11",
    "MULTI 5 SimpleStrings 2",
    "DISCARD 7 SimpleStrings 2",
    "MULTI 5 SimpleStrings 2",
    "SUBSCRIBE 10 SimpleStrings 6",
    "EXEC 4 Array 11",
    "PING 4 Array 4",
  ]);
});

Deno.test("a transaction that silences the server breaks off its own reply: order begins anew", () => {
  // As Redis 7 does: the array announces three elements and ends after the first.
  const { trips, ledger } = seen((talk) =>
    talk.client(commands("MULTI", "SET a 1", "CLIENT REPLY OFF", "SET a 2")).server(
      "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n",
    )
      .client(commands("EXEC")).server("*3\r\n+OK\r\n").client(commands("CLIENT REPLY ON")).server("+OK\r\n")
      .client(commands("PING")).server("+PONG\r\n")
  );
  assert.deepEqual(trips.slice(4), ["CLIENT REPLY 13 SimpleStrings 2", "PING 4 SimpleStrings 4"]);
  assert.equal(ledger.lost, 1);
});

Deno.test("replication is recognised and left alone, however it begins", () => {
  const partial = seen((talk) =>
    talk.client(commands("REPLCONF capa eof")).server("+OK\r\n").client(commands("PSYNC ? -1")).server("\n")
      .server("+FULLRESYNC 8371445ae47519c33f0a8a3f2c9d5e4b6a7c8d9e 0\r\n$10\r\nREDIS0010x").server(commands("SET a 1"))
      .client(commands("REPLCONF ACK 0")).client(commands("REPLCONF ACK 14"))
  );
  assert.deepEqual(partial.trips, ["REPLCONF 15 SimpleStrings 2", "PSYNC 8 SimpleStrings 53"]);
  assert.equal(partial.ledger.reasons.counts.get("replication stream"), 1);
  const old = seen((talk) => talk.client(commands("SYNC")).server("\n\n$10\r\nREDIS0006x").server(commands("SET a 1")));
  assert.deepEqual(old.trips, []);
  assert.equal(old.ledger.oneWay, 1);
  const late = joined((talk) =>
    talk.client(commands("REPLCONF ACK 1")).server(commands("SET a 1")).client(commands("REPLCONF ACK 2"))
  );
  assert.deepEqual(late.trips, []);
  assert.deepEqual([...late.ledger.reasons.counts.keys()], ["replication stream"]);
  const refused = seen((talk) =>
    talk.client(commands("PSYNC ? -1")).server("-NOMASTERLINK no link\r\n").client(commands("PING")).server("+PONG\r\n")
  );
  assert.deepEqual(refused.trips, ["PSYNC 8 Errors 20", "PING 4 SimpleStrings 4"]);
});

Deno.test("what the server refuses, forgets or says before it is asked makes no pair", () => {
  const { trips, ledger, unanswered } = seen((talk) =>
    talk.server("-ERR max number of clients reached\r\n").client(command("GET", "k")).fin(1).fin(0)
  );
  assert.deepEqual(trips, []);
  assert.deepEqual(unanswered, ["GET"]);
  assert.equal(ledger.responsesAlone, 1);
});
