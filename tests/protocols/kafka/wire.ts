/** Kafka messages by hand (https://kafka.apache.org/protocol.html#protocol_types). */
import { bytesOf, concat } from "../../tools/build.ts";

function be(value: number, bytes: number): Uint8Array {
  const made = new Uint8Array(bytes);
  for (let i = bytes - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) made[i] = rest & 0xff;
  return made;
}

export const i8 = (value: number) => be(value, 1);
export const i16 = (value: number) => be(value, 2);
export const i32 = (value: number) => be(value, 4);
export const i64 = (value: number) => be(value, 8);

/** STRING and NULLABLE_STRING. */
export function str(text: string | null): Uint8Array {
  return text === null ? i16(-1) : concat(i16(bytesOf(text).length), bytesOf(text));
}

/** UNSIGNED_VARINT. */
export function varint(value: number): Uint8Array {
  const made: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) made.push((value & 0x7f) | 0x80);
  return Uint8Array.of(...made, value);
}

/** COMPACT_STRING and COMPACT_NULLABLE_STRING. */
export function compact(text: string | null): Uint8Array {
  return text === null ? varint(0) : concat(varint(bytesOf(text).length + 1), bytesOf(text));
}

/** No tagged fields. */
export const noTags = Uint8Array.of(0);

function framed(message: Uint8Array): Uint8Array {
  return concat(i32(message.length), message);
}

/** A request; `body` includes the header's tagged fields where there are any. */
export function request(
  key: number,
  version: number,
  correlationId: number,
  clientId: string | null,
  ...body: Uint8Array[]
): Uint8Array {
  return framed(concat(i16(key), i16(version), i32(correlationId), str(clientId), ...body));
}

export function response(correlationId: number, ...body: Uint8Array[]): Uint8Array {
  return framed(concat(i32(correlationId), ...body));
}

/** ApiVersions 0: the shortest pair there is. */
export const apiVersions = (correlationId: number, clientId: string | null = "client") =>
  request(18, 0, correlationId, clientId);
export const apiVersionsAnswer = (correlationId: number, error = 0) => response(correlationId, i16(error), i32(0));

/** Heartbeat 0 of a group. */
export const heartbeat = (correlationId: number, group = "group") =>
  request(12, 0, correlationId, "client", str(group), i32(1), str("member"));
export const heartbeatAnswer = (correlationId: number, error = 0) => response(correlationId, i16(error));

/** Produce 3 of one partition. */
export function produce(correlationId: number, acks: number, topic: string, records: Uint8Array): Uint8Array {
  const data = concat(i32(1), str(topic), i32(1), i32(0), i32(records.length), records);
  return request(0, 3, correlationId, "client", str(null), i16(acks), i32(1000), data);
}

/** Metadata 12 of one topic, asked for by name, and its answer. */
export const metadata = (correlationId: number, topic: string) =>
  request(
    3,
    12,
    correlationId,
    "client",
    noTags,
    varint(2),
    new Uint8Array(16),
    compact(topic),
    noTags,
    i16(0),
    noTags,
  );
export const metadataAnswer = (correlationId: number, topic: string, id: Uint8Array) =>
  response(
    correlationId,
    noTags,
    i32(0),
    varint(1), // no brokers
    compact("cluster"),
    i32(1),
    varint(2),
    i16(0),
    compact(topic),
    id,
    i8(0),
    varint(1), // no partitions
    i32(0),
    noTags,
    noTags,
  );

/** Fetch 13 of one topic by its id, and an answer without data. */
export const fetchById = (correlationId: number, id: Uint8Array) =>
  request(
    1,
    13,
    correlationId,
    "client",
    noTags,
    i32(-1),
    i32(500),
    i32(1),
    i32(1e6),
    i8(0),
    i32(0),
    i32(-1),
    varint(2),
    id,
    varint(1),
    noTags,
    varint(1),
    compact(""),
    noTags,
  );
export const fetchAnswer = (correlationId: number) =>
  response(correlationId, noTags, i32(0), i16(0), i32(7), varint(1), noTags);

export const topicId = (seed: number) => new Uint8Array(16).fill(seed);
