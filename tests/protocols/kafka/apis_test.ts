/** The table of APIs: complete, and nothing in it can hold the decoder up. */
import assert from "node:assert/strict";
import { apis } from "../../../src/protocols/kafka/apis.ts";
import { errorName } from "../../../src/protocols/kafka/errors.ts";
import {
  ARRAY,
  END,
  FIXED,
  NEXT,
  NULLABLE,
  type Program,
  STRING,
  TOPIC_END,
} from "../../../src/protocols/kafka/layout.ts";
import { UNKNOWN_ERROR } from "../../../src/protocols/kafka/messages.ts";

function* programs(): Generator<[string, Program]> {
  for (const api of apis) {
    for (let version = 0; version <= api!.highest; version++) {
      yield [`${api!.name} ${version} >`, api!.requestOf(version)];
      yield [`${api!.name} ${version} <`, api!.responseOf(version)];
    }
  }
}

Deno.test("all keys of Kafka 4.3 are there", () => {
  assert.equal(apis.length, 93);
  for (const [key, api] of apis.entries()) assert.equal(api?.key, key);
  assert.equal(new Set(apis.map((api) => api!.name)).size, 93);
  const known: [number, string, number, number][] = [
    [0, "Produce", 13, 9],
    [1, "Fetch", 18, 12],
    [17, "SaslHandshake", 1, Infinity],
    [18, "ApiVersions", 4, 3],
    [67, "AllocateProducerIds", 0, 0],
    [92, "DeleteShareGroupOffsets", 0, 0],
  ];
  for (const [key, name, highest, firstFlexible] of known) {
    const api = apis[key]!;
    assert.deepEqual([api.name, api.highest, api.firstFlexible], [name, highest, firstFlexible]);
  }
});

Deno.test("leaps go forward, loops go back to their array, and each round of a loop takes a byte", () => {
  for (const [name, { code }] of programs()) {
    assert.equal(code[code.length - 2], END, name);
    const open: number[] = [];
    for (let at = 0; at < code.length; at += 2) {
      const instruction = code[at], argument = code[at + 1];
      if (instruction === ARRAY) {
        open.push(at + 2);
        assert.equal(code[argument - 2], NEXT, name);
      } else if (instruction === NULLABLE) assert.ok(argument > at && argument < code.length, name);
      else if (instruction === NEXT) {
        assert.equal(argument, open.pop(), name);
        // A nullable structure takes a byte by itself; only the end of a topic takes none.
        const first = code[argument];
        assert.ok(argument < at && first !== TOPIC_END && first !== NEXT, name);
        if (first === FIXED) assert.ok(code[argument + 1] > 0, name);
      }
    }
    assert.equal(open.length, 0, name);
  }
});

Deno.test("a program ends with the last field that is kept", () => {
  assert.deepEqual([...apis[12]!.requestOf(0).code].filter((_, i) => i % 2 === 0).length, 2); // group, end
  assert.deepEqual([...apis[18]!.requestOf(3).code], [END, 0]);
  assert.equal(apis[3]!.responseOf(0).code.includes(STRING), true);
});

Deno.test("error codes have their names", () => {
  assert.deepEqual([-1, 0, 1, 3, 106, 107, 133].map(errorName), [
    "UnknownServerError",
    "NoError",
    "OffsetOutOfRange",
    "UnknownTopicOrPartition",
    "FetchSessionTopicIDError",
    "IneligibleReplica",
    "ShareSessionLimitReached",
  ]);
  assert.deepEqual([134, -2, 32767].map(errorName), ["", "", ""]);
  assert.equal(errorName(UNKNOWN_ERROR), "<unknown>");
});
