/** Pairing by position and by key, and the account that both keep. */
import assert from "node:assert/strict";
import { Arrival, type Flow } from "../src/core/flow.ts";
import { ProtocolLedger } from "../src/core/ledger.ts";
import type { Protocol } from "../src/core/protocol.ts";
import { RoundTrip } from "../src/core/roundtrip.ts";
import { Fifo } from "../src/match/fifo.ts";
import { Keyed } from "../src/match/keyed.ts";

function context() {
  const paired: string[] = [], unanswered: string[] = [];
  const ledger = new ProtocolLedger("test");
  const sink = {
    roundTrip: (roundTrip: RoundTrip) => void paired.push(String(roundTrip.detail)),
    unanswered: (roundTrip: RoundTrip) => void unanswered.push(String(roundTrip.detail)),
  };
  return { paired, unanswered, ledger, sink };
}

function asked(detail: string): RoundTrip<string> {
  return new RoundTrip({} as Protocol<string>, {} as Flow, detail, 1, 0, 0);
}

function arrival(acknowledged: number, quiet: boolean): Arrival {
  const at = new Arrival();
  at.sec = 2;
  at.acknowledged = acknowledged;
  at.quiet = quiet;
  return at;
}

const now = { sec: 2, nsec: 0 };

Deno.test("from a known start responses answer requests in order", () => {
  const c = context();
  const fifo = new Fifo<string>(c, true);
  for (const name of ["a", "b", "c"]) fifo.request(asked(name), arrival(100, false), 0);
  assert.equal(fifo.awaiting(100)?.detail, "a");
  fifo.answered(now, 1);
  fifo.answered(now, 1);
  fifo.close();
  assert.deepEqual([c.paired, c.unanswered], [["a", "b"], ["c"]]);
  assert.ok(c.ledger.balanced());
});

Deno.test("after a lost response the next quiet request is paired, at the place it acknowledged only", () => {
  const c = context();
  const fifo = new Fifo<string>(c, true);
  fifo.request(asked("lost"), arrival(100, true), 0);
  fifo.responseGap();
  fifo.request(asked("in between"), arrival(100, false), 0);
  assert.equal(fifo.awaiting(150), undefined);
  fifo.request(asked("next"), arrival(200, true), 0);
  assert.equal(fifo.resumesAt, 200);
  assert.equal(fifo.awaiting(150), undefined, "a response elsewhere is not its answer");
  assert.equal(fifo.awaiting(200)?.detail, "next");
  fifo.answered(now, 1);
  assert.deepEqual(c.paired, ["next"]);
  assert.equal(c.ledger.lost, 2);
  assert.ok(c.ledger.balanced());
});

Deno.test("a client that overlaps its requests is not trusted again after a gap", () => {
  const c = context();
  const fifo = new Fifo<string>(c, true);
  fifo.request(asked("a"), arrival(100, true), 0);
  fifo.request(asked("b"), arrival(150, false), 0); // sent while the answer to a was under way
  fifo.responseGap();
  fifo.request(asked("c"), arrival(200, true), 0);
  assert.equal(fifo.awaiting(200), undefined);
  assert.equal(c.ledger.lost, 3);
  assert.ok(c.ledger.balanced());
});

Deno.test("a client is not trusted again after a gap when an older answer was under way at its quiet point", () => {
  const c = context();
  const fifo = new Fifo<string>(c, true);
  fifo.requestGap();
  fifo.request(asked("a"), arrival(100, true), 0);
  assert.equal(fifo.awaiting(150), undefined, "what begins behind the place was under way before");
  fifo.request(asked("b"), arrival(200, true), 0);
  assert.equal(fifo.awaiting(200), undefined, "it may be the answer to a");
  assert.equal(c.ledger.lost, 2);
  assert.ok(c.ledger.balanced());
});

Deno.test("requests too many to keep are still answered in turn", () => {
  const c = context();
  const fifo = new Fifo<string>(c, true, 2);
  for (const name of ["a", "b", "c", "d"]) fifo.request(asked(name), arrival(100, false), 0);
  for (let i = 0; i < 2; i++) fifo.answered(now, 1);
  for (let i = 0; i < 2; i++) {
    assert.equal(fifo.awaiting(100), undefined);
    fifo.alone();
  }
  fifo.request(asked("e"), arrival(100, false), 0);
  assert.equal(fifo.awaiting(300)?.detail, "e");
  fifo.answered(now, 1);
  assert.deepEqual(c.paired, ["a", "b", "e"]);
  assert.deepEqual([c.ledger.evicted, c.ledger.responsesAlone], [2, 0]);
  assert.ok(c.ledger.balanced());
});

Deno.test("keys pair in any order; the oldest gives way when too many wait", () => {
  const c = context();
  const keyed = new Keyed<string>(c, 2);
  keyed.request(1, asked("a"));
  keyed.request(2, asked("b"));
  keyed.request(3, asked("c"));
  assert.equal(keyed.awaiting(1), undefined);
  keyed.answered(keyed.awaiting(3)!, now, 1);
  keyed.request(2, asked("b again"));
  keyed.close();
  assert.deepEqual([c.paired, c.unanswered], [["c"], ["b again"]]);
  assert.equal(c.ledger.evicted, 2);
  assert.ok(c.ledger.balanced());
});

Deno.test("a request that is lost while its response comes in is not paired with the end of it, nor is another", () => {
  const c = context();
  const fifo = new Fifo<string>(c, true);
  fifo.request(asked("a"), arrival(100, true), 0);
  assert.equal(fifo.awaiting(100)?.detail, "a");
  fifo.responseGap();
  fifo.request(asked("b"), arrival(150, true), 0);
  fifo.answered(now, 1); // by who did not hear of the gap
  assert.deepEqual(c.paired, []);
  assert.equal(fifo.awaiting(150)?.detail, "b");
  fifo.answered(now, 1);
  assert.deepEqual([c.paired, c.ledger.lost, c.ledger.responsesAlone], [["b"], 1, 1]);
  assert.ok(c.ledger.balanced());
});

Deno.test("where several waited when a response was lost, the next turn is on trial", () => {
  const turn = (fifo: Fifo<string>, name: string, acknowledged: number) => {
    fifo.request(asked(name), arrival(acknowledged, true), 0);
    assert.equal(fifo.awaiting(acknowledged)?.detail, name);
    fifo.answered(now, 1);
  };
  for (const isOneTooMany of [false, true]) {
    const c = context();
    const fifo = new Fifo<string>(c, true);
    for (const name of ["a", "b"]) fifo.request(asked(name), arrival(100, true), 0);
    fifo.responseGap();
    turn(fifo, "c", 200); // it may have been b that was answered
    if (isOneTooMany) {
      fifo.alone(); // and it was
      turn(fifo, "c again", 250);
    }
    turn(fifo, "d", 300);
    turn(fifo, "e", 400);
    assert.deepEqual(c.paired, ["d", "e"]);
    assert.equal(c.ledger.lost, isOneTooMany ? 4 : 3);
    assert.ok(c.ledger.balanced());
  }
});

Deno.test("an order that hangs on a quiet point is given up when requests overlap", () => {
  const c = context();
  const fifo = new Fifo<string>(c, false);
  fifo.request(asked("a"), arrival(100, true), 0);
  assert.equal(fifo.awaiting(100)?.detail, "a");
  fifo.answered(now, 1);
  fifo.request(asked("b"), arrival(200, true), 0);
  fifo.request(asked("c"), arrival(250, false), 0); // so it may have been so before
  fifo.request(asked("d"), arrival(300, true), 0);
  assert.equal(fifo.awaiting(300), undefined);
  fifo.close();
  assert.deepEqual([c.paired, c.ledger.lost], [["a"], 3]);
  assert.ok(c.ledger.balanced());
});

Deno.test("what waits in a flow that must make room is evicted, and nobody says that it was not answered", () => {
  const c = { ...context(), givingUp: "evicted" as const };
  const fifo = new Fifo<string>(c, true), keyed = new Keyed<string>(c);
  fifo.request(asked("a"), arrival(100, true), 0);
  keyed.request(1, asked("b"));
  fifo.close();
  keyed.close();
  assert.deepEqual([c.ledger.evicted, c.ledger.unanswered, c.unanswered], [2, 0, []]);
  assert.ok(c.ledger.balanced());
});
