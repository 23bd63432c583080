/** What the benches play is what was recorded: copies of a conversation pair as the conversation does, and always the same. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { multiply, type Plan } from "../../bench/multiply.ts";
import { casesOf, type Recorded, usualConversation, usualNames } from "../../bench/recorded.ts";
import { Lane } from "../../src/lane/lane.ts";

const COPIES = 6, LOOPS = 3;

/** The account of playing it. */
function played({ recordings, rule }: Recorded, plan: Plan) {
  const lane = new Lane([rule], { roundTrip: () => {}, unanswered: () => {} });
  const packets = multiply(recordings, plan, lane);
  lane.close();
  const { requests, paired, oneWay, responsesAlone, gaps } = lane.ledger.of(rule.protocol);
  return { packets, requests, paired, oneWay, responsesAlone, gaps };
}

for (const name of usualNames) {
  Deno.test(`copies of ${name} pair all requests`, async () => {
    const recorded = await usualConversation(name);
    const copies = recorded.recordings.length;
    const once = played(recorded, { open: 1, loops: 1, copies });
    const many = played(recorded, { open: COPIES, loops: LOOPS, copies: COPIES * copies });
    assert.ok(once.requests > 0);
    assert.equal(many.paired + many.oneWay, many.requests);
    assert.equal(many.responsesAlone + many.gaps, 0);
    const isRepeated = recorded.recordings.some(({ loop }) => loop !== undefined);
    if (isRepeated) assert.ok(many.requests > COPIES * once.requests);
    else assert.equal(many.requests, COPIES * once.requests);
  });
}

Deno.test("copies are the same bytes at the same times whenever they are made", async () => {
  const { recordings } = await casesOf("grpc", (claim) => claim === "unary");
  const digest = () => {
    const hash = createHash("sha256");
    multiply(recordings, { open: 3, loops: 1, copies: 9 }, {
      packet: (bytes, start, end, _wireLength, sec, nsec) =>
        hash.update(bytes.subarray(start, end)).update(`${sec} ${nsec}`),
    });
    return hash.digest("hex");
  };
  assert.equal(digest(), digest());
});
