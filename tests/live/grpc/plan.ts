/** A plan: what clients are to do, in whichever language they are written (echo/client.go too), and what they saw. */

/** A call and what must become of it. */
export interface Call {
  /** A method of live.Echo, or a whole path. */
  readonly method: string;
  readonly messages: readonly string[];
  /** The same as the messages when they are not given. */
  readonly answers?: readonly string[];
  /** Each message is sent after the answer to the one before. */
  readonly inTurn?: boolean;
  readonly deadlineMs?: number;
  /** The client cancels after so many answers; it does not end its messages before. */
  readonly cancelAfter?: number;
  /** The status; 0 when it is not given. */
  readonly code?: number;
  /** What the server says about it. */
  readonly text?: string;
}

/** Calls on one connection. */
export interface Plan {
  readonly name: string;
  readonly calls: readonly Call[];
  /** Messages are compressed. */
  readonly gzip?: boolean;
  /** All calls begin together; else each after the one before. */
  readonly atOnce?: boolean;
}

/** What a client saw of a call. */
export interface Seen {
  readonly code: number;
  readonly text: string;
  readonly answers: number;
}

export function pathOf({ method }: Call): string {
  return method.startsWith("/") ? method : `/live.Echo/${method}`;
}

/** A text as a `google.protobuf.StringValue`: nothing when it is empty, else field 1 with a length as a varint. */
export function stringValue(text: string): Uint8Array<ArrayBuffer> {
  const value = new TextEncoder().encode(text);
  if (value.length === 0) return value;
  const header = [0x0a];
  let length = value.length;
  for (; length > 0x7f; length >>>= 7) header.push(length & 0x7f | 0x80);
  header.push(length);
  const message = new Uint8Array(header.length + value.length);
  message.set(header);
  message.set(value, header.length);
  return message;
}
