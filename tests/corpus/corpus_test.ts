/** The comparison with the corpus finds what is wrong: with nothing to find, it would always be content. */
import assert from "node:assert/strict";
import { Amendments } from "./amendments.ts";
import { compare, differing } from "./compare.ts";
import type { Frame } from "./frames.ts";
import { readings } from "./protocols.ts";
import { isExact, readScores, worse, writeScores } from "./score.ts";
import { compareTimes } from "./times.ts";
import type { Known, Printed } from "./transaction.ts";
import { readTruth, type Row } from "./truth.ts";

const http = readings.find(({ name }) => name === "http")!;
const none = new Amendments("", "http", []);

const row = (frame: number, uri: string, rsp_frame?: number): Row => ({
  ...{ stream: "t0", frame, method: "GET", uri, host: "shop", version: "HTTP/1.1" },
  ...(rsp_frame === undefined ? {} : { status: "200", rsp_frame }),
});
const truthOf = (rows: readonly Row[], amendments = none) =>
  readTruth(JSON.stringify({ server_ports: [80], transactions: rows }), http, amendments);

function printed(path: string, requestNs: number, responseNs: number, details: Record<string, string> = {}): Printed {
  return {
    key: ["GET", path, "200"],
    details: { host: "shop", version: "HTTP/1.1", ...details },
    ...{ port: 40000, responsePort: 80, requestNs: BigInt(requestNs), responseNs: BigInt(responseNs) },
  };
}

/** Frames of one connection, a nanosecond apart: `>` from the client, `<` from the server, `.` without bytes. */
const framesOf = (directions: string): Frame[] =>
  [...directions].map((direction, i) => ({
    timeNs: BigInt(i + 1),
    ...(direction === "<" ? { source: 80, destination: 40000 } : { source: 40000, destination: 80 }),
    bytes: direction === "." ? 0 : 10,
  }));

Deno.test("what is missing, too much, or has other details is found; what need not be there is not missed", () => {
  const { transactions } = truthOf([row(1, "/a", 2), row(3, "/b", 4), row(5, "/never answered")]);
  const lines = [printed("/a", 1, 2, { host: "other" }), printed("/c", 6, 7), printed("/never answered", 5, 8)];
  const { pairs, missing, extra } = compare(transactions, lines, () => 40000);
  assert.deepEqual(missing.map(({ key }) => key[1]), ["/b"]);
  assert.deepEqual(extra.map(({ key }) => key[1]), ["/c"]);
  assert.deepEqual(pairs.map(differing), [["host is other, in the truth shop"]]);
});

Deno.test("equal requests of two clients are not mixed up", () => {
  const known: Known[] = truthOf([row(1, "/", 3), row(2, "/", 4)]).transactions.slice();
  const lines = [{ ...printed("/", 1, 3), port: 2 }, { ...printed("/", 2, 4), port: 1 }];
  const { pairs } = compare(known, lines, (frame) => frame);
  assert.deepEqual(pairs.map((pair) => [pair.known.requestFrame, pair.printed.port]), [[1, 1], [2, 2]]);
});

Deno.test("a time is judged where a message lies whole in one packet, and must be that packet's", () => {
  const truth = truthOf([row(1, "/a", 2), row(5, "/b", 6)]); // the second one's messages have two packets each
  const timesOf = (lines: Printed[]) =>
    compareTimes(compare(truth.transactions, lines, () => 40000).pairs, truth, framesOf("><.>><<"));
  assert.deepEqual(timesOf([printed("/a", 1, 2), printed("/b", 4, 7)]), { judged: 2, equal: 2, wrong: [] });
  assert.equal(timesOf([printed("/a", 1, 3), printed("/b", 4, 7)]).wrong.length, 1);
});

Deno.test("a response that the truth did not miss moves the others to the requests that they answer", () => {
  const amendment = { capture: "c", protocol: "http", inserted: [{ request: 1 }], cause: "" };
  const truth = truthOf([row(1, "/lost", 4), row(3, "/a", 6), row(5, "/b")], new Amendments("c", "http", [amendment]));
  const answers = truth.transactions.map(({ key, responseFrame }) => [key[1], responseFrame]);
  assert.deepEqual(answers, [["/lost", 0], ["/a", 4], ["/b", 6]]);
});

Deno.test("a score is worse where more is missing, too much, other or at another time", () => {
  const before = { truth: 9, printed: 9, matched: 8, details: 8, judged: 10, equal: 10 };
  assert.deepEqual(worse(before, before), []);
  assert.deepEqual(worse({ ...before, matched: 9, details: 9 }, before), []);
  for (const [name, count] of Object.entries({ printed: 10, matched: 7, details: 7, judged: 9, equal: 9 })) {
    assert.notDeepEqual(worse({ ...before, [name]: count }, before), [], name);
  }
  assert.equal(isExact(before), false);
  const scores = new Map([["a.pcap http", before]]);
  assert.deepEqual(readScores(writeScores(scores)), scores);
});
