/** A late start, bytes that were not captured, and bytes that are no Redis. */
import assert from "node:assert/strict";
import { concat, Talk } from "../../tools/build.ts";
import { seeded } from "../../tools/random.ts";
import { byteByByte } from "../../tools/segments.ts";
import { answerLong, command, commands, joined, PORT, seen, seenIn } from "./wire.ts";

const value = "v".repeat(1000);

Deno.test("a connection joined late pairs from the first command that is certain", () => {
  const { trips, ledger } = joined((talk) =>
    talk.server("+OK\r\n").client(commands("GET a")).server("$1\r\n1\r\n").client(commands("GET b", "GET c"))
      .server("$1\r\n2\r\n$2\r\n33\r\n")
  );
  assert.deepEqual(trips, ["GET 4 BulkStrings 1", "GET 4 BulkStrings 1", "GET 4 BulkStrings 2"]);
  assert.equal(ledger.responsesAlone, 1);
});

Deno.test("a connection joined inside of a value does not take its text for commands", () => {
  const { trips } = joined((talk) =>
    talk.client("the end of\r\na value\r\n").server("+OK\r\n").client(commands("GET a")).server("$1\r\n1\r\n")
  );
  assert.deepEqual(trips, ["GET 4 BulkStrings 1"]);
});

Deno.test("a gap inside of a value is skipped by count, in either direction", () => {
  const talk = new Talk(PORT).handshake().client(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3000\r\n${value}`).client(value)
    .client(value + "\r\n").server("+OK\r\n").client(commands("GET k")).server(`$3000\r\n${value}`).server(value)
    .server(value + "\r\n").client(commands("PING")).server("+PONG\r\n");
  const expected = ["SET 3004 SimpleStrings 2", "GET 4 BulkStrings 3000", "PING 4 SimpleStrings 4"];
  assert.deepEqual(seenIn(talk.packets).trips, expected);
  for (const lost of [4, 5, 9, 10]) {
    assert.deepEqual(seenIn(talk.packets.filter((_, i) => i !== lost)).trips, expected, `without packet ${lost}`);
  }
});

Deno.test("whatever packet is missing, no pair is wrong, and order is found again", () => {
  const talk = new Talk(PORT).handshake();
  for (let i = 1; i <= 12; i++) {
    const wanted = "x".repeat(i);
    talk.client(command("ECHO", wanted)).server(`$${i}\r\n${wanted}\r\n`).ack(0);
  }
  for (let lost = 0; lost < talk.packets.length; lost++) {
    const { trips } = seenIn(talk.packets.filter((_, i) => i !== lost));
    for (const trip of trips) {
      const [, size, , answer] = trip.split(" ").map(Number);
      assert.equal(size, answer + 4, `without packet ${lost}: ${trip}`);
    }
    assert.ok(trips.length >= 10, `without packet ${lost} only ${trips.length}`);
  }
});

Deno.test("whatever packet of a pipelining client is missing, no pair is wrong", () => {
  const talk = new Talk(PORT).handshake();
  const sizes = Array.from({ length: 40 }, (_, i) => i + 1);
  for (let turn = 0; turn < 10; turn++) {
    const some = sizes.slice(turn * 4, turn * 4 + 4);
    const asked = some.map((size) => command("ECHO", "x".repeat(size))).join("");
    const answered = some.map((size) => `$${size}\r\n${"x".repeat(size)}\r\n`).join("");
    talk.client(asked.slice(0, 50)).client(asked.slice(50)).server(answered.slice(0, 21)).server(answered.slice(21));
  }
  for (let lost = 3; lost < talk.packets.length; lost++) {
    const { trips } = seenIn(talk.packets.filter((_, i) => i !== lost));
    for (const trip of trips) {
      const [, size, , answer] = trip.split(" ").map(Number);
      assert.equal(size, answer + 4, `without packet ${lost}: ${trip}`);
    }
    assert.ok(trips.length >= 28, `without packet ${lost} only ${trips.length}`);
  }
});

Deno.test("whatever packet is missing of a client that sends on while answers come, no pair is wrong", () => {
  const reply = (size: number) => `$${size}\r\n${"x".repeat(size)}\r\n`;
  const talk = new Talk(PORT).handshake();
  for (let first = 1; first < 40; first += 5) {
    const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((i) => first + i);
    const ask = (size: number) => talk.client(command("ECHO", "x".repeat(size)));
    // The server's system has acknowledged what the server has not read: between the halves nothing seems to be under way.
    ask(a), ask(b), ask(c);
    talk.server(reply(a) + reply(b).slice(0, 4));
    ask(d);
    talk.server(reply(b).slice(4) + reply(c));
    ask(e);
    talk.server(reply(d)).server(reply(e)).ack(0);
  }
  // The first `d` shows what this client does: where it is missing itself, nothing does.
  const telling = 7;
  for (let lost = 3; lost < talk.packets.length; lost++) {
    if (lost === telling) continue;
    for (const trip of seenIn(talk.packets.filter((_, i) => i !== lost)).trips) {
      const [, size, , answer] = trip.split(" ").map(Number);
      assert.equal(size, answer + 4, `without packet ${lost}: ${trip}`);
    }
  }
});

Deno.test("lengths that lie, counts below zero and endless numbers lose their direction, not the connection", () => {
  const broken: [reply: string, reason: string][] = [
    ["$3\r\nabcdef\r\n", "a string that is longer than its length"],
    ["$-2\r\n", "a negative length"],
    ["*-2\r\n", "a negative count"],
    ["$99999999999\r\n", "a string too long to be one"],
    ["*99999999999\r\n", "a count too large to be one"],
    ["$999999999999999999999\r\n", "not a reply"],
    ["*x\r\n", "not a reply"],
    ["hello\r\n", "not a reply"],
    [".\r\n", "an end without a beginning"],
    ["*2\r\n.\r\n", "an end without a beginning"],
    ["+a\nb\r\n", "a line that does not end with CR LF"],
    ["*1\n:1\r\n", "not a reply"],
    ["$?\r\n+x\r\n", "not a reply"],
    ["*4000000000\r\n*4000000000\r\n*4000000000\r\n".repeat(30_000), "more values than a reply can have"],
    ["*?\r\n".repeat(10_000), "nested too deep"],
    ["|1\r\n".repeat(10_000), "nested too deep"],
  ];
  for (const [reply, reason] of broken) {
    const talk = new Talk(PORT).handshake().client(commands("PING")).server("+PONG\r\n").client(commands("GET a"));
    const { trips, ledger } = seenIn(
      answerLong(talk, reply).client(commands("GET b")).server("$1\r\nb\r\n").packets,
    );
    assert.deepEqual(trips, ["PING 4 SimpleStrings 4", "GET 4 BulkStrings 1"], reason);
    assert.equal(ledger.reasons.counts.get(reason), 1, `${reason}: ${[...ledger.reasons.counts.keys()]}`);
    assert.equal(ledger.lost, 1);
  }
});

Deno.test("arrays within arrays, 10,000 deep, are one reply", () => {
  const deep = "*1\r\n".repeat(10_000) + ":1\r\n" + "*2\r\n+a\r\n".repeat(10_000) + "*0\r\n";
  const talk = answerLong(new Talk(PORT).handshake().client(commands("X", "Y")), deep);
  const { trips } = seenIn(talk.client(commands("PING")).server("+PONG\r\n").packets);
  assert.deepEqual(trips, ["X 1 Array 1", "Y 1 Array 10000", "PING 4 SimpleStrings 4"]);
});

Deno.test("broken commands lose their direction; those that wait are still answered", () => {
  for (
    const broken of ["*x\r\n", "*2\r\n+GET\r\n", "*1\r\n$-1\r\n", "*1\r\n$2\r\nPING\r\n", "\x00\x01\r\n", "*?\r\n"]
  ) {
    const { trips, ledger } = seen((talk) =>
      talk.client(commands("SET a 1", "GET a") + broken).server("+OK\r\n$1\r\n1\r\n-ERR Protocol error\r\n")
        .client(commands("PING")).server("+PONG\r\n")
    );
    assert.deepEqual(trips, ["SET 5 SimpleStrings 2", "GET 4 BulkStrings 1", "PING 4 SimpleStrings 4"], broken);
    assert.equal(ledger.responsesAlone, 1);
    assert.equal(ledger.reasons.counts.get("not a command"), 1);
  }
});

Deno.test("a line without end is bounded", () => {
  const talk = new Talk(PORT).handshake().client(commands("PING")).server("+PONG\r\n");
  for (let i = 0; i < 20; i++) talk.client("x".repeat(10_000));
  const { ledger } = seenIn(talk.packets);
  assert.equal(ledger.requests, 1);
  assert.equal(ledger.reasons.counts.get("not a command"), 1);
});

Deno.test("other protocols on the port are named, and give no round trips", () => {
  const said = (client: string | Uint8Array, server = "") => {
    const talk = new Talk(PORT).handshake().client(client);
    return seenIn((server === "" ? talk : talk.server(server)).packets);
  };
  assert.deepEqual(said(new Uint8Array([0x16, 3, 1, 0, 200, 1, 0, 0])).flowReasons, [
    "port 6379 speaks TLS, not Redis",
  ]);
  assert.deepEqual(said("GET / HTTP/1.1\r\nHost: h\r\n\r\n").flowReasons, [
    "port 6379 speaks HTTP, not Redis",
  ]);
  const memcached = said("get key\r\n", "VALUE key 0 1\r\nx\r\nEND\r\n");
  assert.deepEqual(memcached.flowReasons, ["port 6379 speaks something else, not Redis"]);
  assert.deepEqual(memcached.unanswered, []);
  const greeting = new Talk(PORT).handshake().server("220 mail ESMTP\r\n").client("EHLO me\r\n").server("250 ok\r\n");
  assert.deepEqual(seenIn(greeting.packets).flowReasons, ["port 6379 speaks SMTP, not Redis"]);
});

Deno.test("a PROXY line before the first command is no command", () => {
  const { trips } = seen((talk) =>
    talk.client("PROXY TCP4 10.1.1.1 10.1.1.2 5 6379\r\n" + commands("PING")).server("+PONG\r\n")
  );
  assert.deepEqual(trips, ["PING 4 SimpleStrings 4"]);
});

Deno.test("any bytes give only verdicts, and a good connection afterwards decodes", () => {
  const random = seeded(20240607);
  const words = [
    "*",
    "$",
    "+",
    "-",
    ":",
    "%",
    "~",
    ">",
    "|",
    "?",
    ";",
    ".",
    "\r\n",
    "1",
    "3",
    "0",
    "GET",
    "a b",
    "\x00",
  ];
  const noise = (length: number) => {
    let text = "";
    while (text.length < length) text += words[Math.floor(random() * words.length)];
    return text;
  };
  for (let round = 0; round < 300; round++) {
    const talk = new Talk(PORT);
    if (round % 3 !== 0) talk.handshake();
    if (round % 2 === 0) talk.client(commands("SET a 1", "PING")).server("+OK\r\n+PONG\r\n");
    for (let i = 0; i < 6; i++) {
      random() < 0.5 ? talk.client(noise(random() * 120)) : talk.server(noise(random() * 120));
    }
    const after = new Talk(PORT, 41000).handshake().client(commands("GET a")).server("$1\r\n1\r\n");
    const { trips } = seenIn([...talk.packets, ...after.packets]);
    assert.equal(trips.at(-1), "GET 4 BulkStrings 1", `round ${round}`);
    seenIn(byteByByte(talk.packets));
  }
});

Deno.test("changed bytes in a real conversation never throw", () => {
  const random = seeded(7);
  const good = new Talk(PORT).handshake().client(commands("HELLO 3", "SUBSCRIBE a", "GET k"))
    .server("%1\r\n+proto\r\n:3\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n$1\r\nv\r\n").client(commands("EXEC"))
    .server("*2\r\n*?\r\n+a\r\n.\r\n$?\r\n;1\r\nx\r\n;0\r\n").packets;
  for (let round = 0; round < 500; round++) {
    const changed = good.map((packet) => {
      if (packet.bytes.length < 60 || random() < 0.5) return packet;
      const bytes = concat(packet.bytes);
      for (let i = 0; i < 3; i++) bytes[54 + Math.floor(random() * (bytes.length - 54))] = Math.floor(random() * 256);
      return { ...packet, bytes };
    });
    seenIn(changed);
  }
});
