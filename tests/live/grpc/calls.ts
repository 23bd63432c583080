/** The calls that both clients make: each kind of stream, and each way in which a call ends. */
import type { Plan } from "./plan.ts";

const MISSING = { code: 5, text: "no such echo: ä/%" };
export const UNIMPLEMENTED = 12;
const CANCELLED = 1, DEADLINE_EXCEEDED = 4, DATA_LOSS = 15;
const NOBODY = { messages: ["hello"], answers: [], code: UNIMPLEMENTED };
/** The server takes longer than any client of this plan. */
const WAIT = { messages: ["wait"], answers: [] };

/** Each plan has a connection of its own. */
export const plans: readonly Plan[] = [
  {
    name: "one message each way: small, empty, large",
    calls: [
      { method: "Unary", messages: ["hello"] },
      { method: "Unary", messages: [""] },
      { method: "Unary", messages: ["x".repeat(500_000)] },
    ],
  },
  {
    name: "messages compressed by gzip",
    gzip: true,
    calls: [
      { method: "Unary", messages: ["gzip ".repeat(1000)] },
      { method: "Bidi", messages: ["gzip ".repeat(100), "again ".repeat(100)], inTurn: true },
    ],
  },
  {
    name: "streams of the server, of the client, of both",
    calls: [
      { method: "ServerStream", messages: ["three"], answers: ["three", "three", "three"] },
      { method: "ClientStream", messages: ["one", "two", "three"], answers: ["one,two,three"] },
      { method: "ClientStream", messages: [], answers: [""] },
      { method: "Bidi", messages: ["one", "two", "x".repeat(100_000), "four"], inTurn: true },
      { method: "Bidi", messages: ["all", "before", "the first answer"] },
    ],
  },
  {
    name: "errors instead of an answer, after one, in a stream; and of what is not there",
    calls: [
      { method: "Unary", messages: ["fail"], answers: [], ...MISSING },
      {
        method: "ServerStream",
        messages: ["fail later"],
        answers: ["fail later"],
        code: DATA_LOSS,
        text: "after the first message",
      },
      { method: "Bidi", messages: ["well", "fail"], answers: ["well"], ...MISSING },
      { method: "None", ...NOBODY, text: "unknown method None for service live.Echo" },
      { method: "/live.None/Unary", ...NOBODY, text: "unknown service live.None" },
    ],
  },
  {
    name: "a deadline, a call cancelled before its first answer, and after it, between calls that go well",
    calls: [
      { method: "Unary", messages: ["hello"] },
      { method: "Unary", ...WAIT, deadlineMs: 500, code: DEADLINE_EXCEEDED },
      { method: "Unary", ...WAIT, cancelAfter: 0, code: CANCELLED },
      { method: "Bidi", messages: ["then wait"], cancelAfter: 1, code: CANCELLED },
      { method: "Unary", messages: ["hello"] },
    ],
  },
  {
    name: "the health service",
    calls: [{ method: "/grpc.health.v1.Health/Check", messages: [""], answers: [""] }],
  },
  {
    name: "a hundred calls at once",
    atOnce: true,
    calls: Array.from({ length: 100 }, (_, i) => ({ method: i % 2 === 0 ? "Unary" : "Bidi", messages: [`call ${i}`] })),
  },
];
