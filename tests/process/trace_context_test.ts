/** W3C Trace Context: which headers name a trace. */
import assert from "node:assert/strict";
import { readTraceparent, traceStateOf } from "../../src/process/trace_context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c", PARENT = "b7ad6b7169203331";

function read(text: string): number {
  return readTraceparent(text, new Uint8Array(16), new Uint8Array(8));
}

Deno.test("a traceparent gives trace, parent and flags", () => {
  const traceId = new Uint8Array(16), parentId = new Uint8Array(8);
  assert.equal(readTraceparent(`00-${TRACE}-${PARENT}-01`, traceId, parentId), 1);
  assert.equal(traceId.toHex(), TRACE);
  assert.equal(parentId.toHex(), PARENT);
  assert.equal(read(`00-${TRACE}-${PARENT}-00`), 0);
  assert.equal(read(`00-${TRACE}-${PARENT}-ff`), 3, "flags that are not defined are left out");
});

Deno.test("later versions may say more (4.3)", () => {
  assert.equal(read(`01-${TRACE}-${PARENT}-01`), 1);
  assert.equal(read(`cc-${TRACE}-${PARENT}-01-what-the-future-holds`), 1);
  assert.equal(read(`cc-${TRACE}-${PARENT}-01.what`), -1);
  assert.equal(read(`00-${TRACE}-${PARENT}-01-more`), -1, "version 00 may not");
});

Deno.test("what is invalid names no trace", () => {
  for (
    const text of [
      "",
      "00",
      `ff-${TRACE}-${PARENT}-01`,
      `00-${TRACE.toUpperCase()}-${PARENT}-01`,
      `00-${TRACE}-${PARENT.toUpperCase()}-01`,
      `00-${"0".repeat(32)}-${PARENT}-01`,
      `00-${TRACE}-${"0".repeat(16)}-01`,
      `00-${TRACE.slice(1)}-${PARENT}-01`,
      `00-${TRACE}-${PARENT}-1`,
      `00-${TRACE}-${PARENT}-0g`,
      `0g-${TRACE}-${PARENT}-01`,
      `00_${TRACE}-${PARENT}-01`,
      `00-${TRACE}-${PARENT}-01,00-${TRACE}-${PARENT}-01`,
      `-${TRACE}-${PARENT}-01`,
    ]
  ) assert.equal(read(text), -1, text);
});

Deno.test("a tracestate is handed on whole or not at all", () => {
  const state = (tracestate: string) => traceStateOf({ traceparent: "", tracestate });
  assert.equal(state("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  assert.equal(state(" a=1 ,\t, fw529a3039@dt=FfAAAA~x y "), "a=1,fw529a3039@dt=FfAAAA~x y");
  for (const bad of ["a", "=1", "a=", "A=1", "a=b=c", "a=é", "a=1,b", `a=${"x".repeat(257)}`, "a=1\x00"]) {
    assert.equal(state(bad), "", bad);
  }
  assert.equal(state(Array.from({ length: 33 }, (_, i) => `k${i}=1`).join(",")), "", "too many members");
  assert.equal(state(Array.from({ length: 20 }, (_, i) => `k${i}=${"v".repeat(100)}`).join(",")), "", "too long");
});
