/** Recognising DNS by its first bytes, whatever the port. */
import assert from "node:assert/strict";
import { CERTAIN, NO, UNSURE } from "../../../src/core/verdict.ts";
import { dns } from "../../../src/protocols/dns/mod.ts";
import { concat, framed, hex, message, pointer, query, record, response } from "./wire.ts";

const probe = (direction: 0 | 1, bytes: Uint8Array) => dns.probe(direction, bytes, 0, bytes.length);
const ask = query(1, "www.example.", 1);
const answer = response(1, "www.example.", 1, { answers: [record(pointer(12), 1, hex("c0000201"))] });

Deno.test("a sound message is certain, as a datagram and as a stream's first message", () => {
  for (const bytes of [ask, framed(ask), framed(ask, ask)]) assert.equal(probe(0, bytes), CERTAIN);
  for (const bytes of [answer, framed(answer)]) assert.equal(probe(1, bytes), CERTAIN);
});

Deno.test("a query is not the server's, a response not the client's", () => {
  for (const bytes of [ask, framed(ask)]) assert.notEqual(probe(1, bytes), CERTAIN);
  for (const bytes of [answer, framed(answer)]) assert.notEqual(probe(0, bytes), CERTAIN);
});

Deno.test("too few bytes of a stream leave it open", () => {
  const stream = framed(ask);
  for (let length = 0; length < stream.length; length++) {
    assert.notEqual(probe(0, stream.subarray(0, length)), length < 14 ? NO : CERTAIN);
  }
  assert.equal(probe(0, stream.subarray(0, 20)), UNSURE);
});

Deno.test("other protocols, lying counts and bytes behind the message are not certain", () => {
  const text = new TextEncoder();
  const others = [
    text.encode("GET / HTTP/1.1\r\nHost: example\r\n\r\n"),
    hex("1603010200010001fc0303" + "41".repeat(60)),
    new Uint8Array(64),
    message({ questions: [], counts: [1, 0, 0, 0] }),
    message({ questions: [ask.subarray(12)], counts: [1, 400, 0, 0] }),
    concat(ask, hex("00")),
  ];
  for (const bytes of others) assert.notEqual(probe(0, bytes), CERTAIN);
});
