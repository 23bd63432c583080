/** Where decoding begins again after bytes are missing: at a certain start, and nowhere else. */
import assert from "node:assert/strict";
import { concat } from "../../tools/build.ts";
import { Drive, Shared } from "./drive.ts";
import { heartbeat, heartbeatAnswer, i16, i32, i64, produce, request, response, str } from "./wire.ts";

const ids = (drive: Drive) => drive.shared.answered.map(({ detail }) => detail.correlationId);

Deno.test("a connection joined late begins with the first request of a turn", () => {
  const drive = new Drive(new Shared(), false);
  drive.server(new Uint8Array(3000).fill(0x61)).server(heartbeatAnswer(8));
  drive.client(heartbeat(9)).server(heartbeatAnswer(9)).close();
  assert.deepEqual(ids(drive), [9]);
  assert.equal(drive.shared.ledger.skippedBytes, 3010);
});

Deno.test("bytes that are no request begin nothing, turn or not", () => {
  const drive = new Drive(new Shared(), false);
  const inside = produce(5, 1, "topic", new Uint8Array(500)).subarray(20);
  drive.client(inside).client(new Uint8Array(100)).client(heartbeat(6).subarray(0, 12));
  drive.server(heartbeatAnswer(6)).close();
  assert.deepEqual(ids(drive), []);
});

Deno.test("the answer to the request of a turn begins where that said, whatever came before", () => {
  const drive = new Drive(new Shared(), false);
  drive.client(heartbeat(1)).server(concat(heartbeatAnswer(1), heartbeatAnswer(2))).close();
  assert.deepEqual(ids(drive), [1]);
  const other = new Drive(new Shared(), false);
  // The segment was no turn after all: what comes at the place is another's answer.
  other.client(heartbeat(3)).server(concat(i32(500), i32(2), new Uint8Array(496), heartbeatAnswer(3))).close();
  assert.deepEqual(ids(other), []);
});

Deno.test("a hole inside of records is passed over", () => {
  const drive = new Drive();
  const message = produce(1, 1, "topic", new Uint8Array(5000));
  drive.client(message.subarray(0, 1000)).gap(0, 3000).client(message.subarray(4000), false);
  drive.client(heartbeat(2), false).server(concat(response(1, i32(0), i32(0)), heartbeatAnswer(2))).close();
  assert.deepEqual(drive.asked(), ["Produce v3 topic -> NoError", "Heartbeat v0, group group -> NoError"]);
  assert.equal(drive.shared.ledger.skippedBytes, 0);
});

Deno.test("a hole inside of fields leaves the message's end certain", () => {
  const drive = new Drive();
  const topic = (name: string) => concat(str(name), i32(1), i32(0), i32(10), new Uint8Array(10));
  const message = request(0, 3, 1, "client", str(null), i16(1), i32(0), i32(2), topic("first"), topic("second"));
  drive.client(message.subarray(0, 50)).gap(0, 20).client(message.subarray(70), false);
  drive.client(heartbeat(2), false).server(concat(response(1, i32(0), i32(0)), heartbeatAnswer(2))).close();
  assert.deepEqual(drive.asked(), [
    "Produce v3 first and 1 more -> NoError",
    "Heartbeat v0, group group -> NoError",
  ]);
  assert.deepEqual(drive.shared.answered[0].detail.otherTopics, ["<unknown>"]);
});

Deno.test("a hole in a response's fields makes its error unknown", () => {
  const drive = new Drive();
  const partition = concat(i32(0), i16(0), i64(0), i64(0));
  const answer = response(1, i32(1), str("topic"), i32(3), partition, partition, partition, i32(0));
  drive.client(produce(1, 1, "topic", new Uint8Array(10)));
  drive.server(answer.subarray(0, 40)).gap(1, 20).server(answer.subarray(60));
  drive.client(heartbeat(2)).server(heartbeatAnswer(2)).close();
  assert.deepEqual(drive.asked(), ["Produce v3 topic -> <unknown>", "Heartbeat v0, group group -> NoError"]);
});

Deno.test("packets cut by the snap length: what was read stands, with the time of its packet", () => {
  const drive = new Drive();
  const request = produce(1, 1, "topic", new Uint8Array(1000));
  const answer = response(1, i32(1), str("topic"), i32(1), i32(0), i16(3), i64(0), i64(0), i32(0));
  drive.client(request.subarray(0, 80)).gap(0, request.length - 80);
  drive.server(answer.subarray(0, 30)).gap(1, answer.length - 30);
  drive.client(heartbeat(2), false).server(heartbeatAnswer(2)).close();
  assert.deepEqual(drive.asked(), [
    "Produce v3 topic -> UnknownTopicOrPartition",
    "Heartbeat v0, group group -> NoError",
  ]);
  assert.equal(drive.shared.answered[0].durationNs, 1e6);
});

Deno.test("a hole in a header is bridged by the length before it", () => {
  const drive = new Drive();
  const first = heartbeat(1);
  drive.client(first.subarray(0, 9)).gap(0, first.length - 9);
  drive.client(heartbeat(2), false).server(concat(heartbeatAnswer(1), heartbeatAnswer(2))).close();
  assert.deepEqual(ids(drive), [2]);
  assert.equal(drive.shared.ledger.responsesAlone, 1);
});

Deno.test("after a hole between messages a client that never pauses is found by whole requests, or by its name", () => {
  const drive = new Drive();
  drive.client(heartbeat(1)).gap(0, 500);
  const large = produce(3, 1, "topic", new Uint8Array(2000));
  drive.client(large.subarray(0, 1400), false).client(large.subarray(1400), false);
  drive.client(heartbeat(4), false);
  drive.server(concat(heartbeatAnswer(1), heartbeatAnswer(2), response(3, i32(0), i32(0)), heartbeatAnswer(4))).close();
  assert.deepEqual(ids(drive), [1, 3, 4]);

  const stranger = new Drive(new Shared(), false);
  stranger.client(large.subarray(0, 1400), false).client(large.subarray(1400), false); // a name not heard before
  stranger.client(concat(heartbeat(4), heartbeat(5)), false);
  stranger.server(concat(heartbeatAnswer(4), heartbeatAnswer(5))).close();
  assert.deepEqual(ids(stranger), [4, 5]);
});

Deno.test("after a hole between responses a segment of nothing but awaited responses is a certain start", () => {
  const drive = new Drive();
  drive.client(concat(...[1, 2, 3, 4, 5].map((id) => heartbeat(id))));
  drive.server(heartbeatAnswer(1)).gap(1, 10);
  drive.server(concat(heartbeatAnswer(3), heartbeatAnswer(99))); // one of them answers nothing
  drive.server(heartbeatAnswer(4).subarray(0, 9)).server(heartbeatAnswer(4).subarray(9));
  drive.server(heartbeatAnswer(5)).close();
  assert.deepEqual(ids(drive), [1, 5]);
  assert.equal(drive.shared.ledger.unanswered, 3);
});
