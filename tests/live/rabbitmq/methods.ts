/** What packetd must print of AMQP methods, in the words of the clients that send and receive them. */
import type { Connection, Parts } from "../told.ts";

interface Names {
  readonly exchange?: string;
  readonly key?: string;
  readonly queue?: string;
}

/**
 * One side of a line.
 *
 * @param title such as `Basic.Publish`
 * @param names undefined for a method that names nothing
 */
export function method(title: string, names?: Names, parts: Parts = {}): Parts {
  const [Class, Method] = title.split(".");
  const { exchange = "", key = "", queue = "" } = names ?? {};
  return {
    ClassMethod: { Class, Method },
    Packet: names === undefined ? null : { ExchangeName: exchange, RoutingKey: key, QueueName: queue },
    ErrCode: "OK",
    ...parts,
  };
}

/** A method was asked for and answered by its `-Ok`; both by the same channel. */
export function called(connection: Connection, title: string, names?: Names, answered?: Names): void {
  connection.told(method(title, names), method(`${title}-Ok`, answered));
}

/** A connection was opened: the server asks twice, then the client does. */
export function opened(connection: Connection): void {
  for (const title of ["Start", "Tune", "Open"]) called(connection, `Connection.${title}`);
}

/** The server closed a channel or a connection because of a method, and the client confirmed that. */
export function refused(connection: Connection, cause: Parts, what: "Channel" | "Connection", code: string): void {
  const close = method(`${what}.Close`, undefined, { ErrCode: code });
  connection.told(cause, close);
  connection.told(close, method(`${what}.Close-Ok`));
}

/** Header and end octet of a frame, and a content header's payload up to its properties (4.2.3 and 4.2.6.1). */
const FRAME_BYTES = 8, HEADER_BYTES = 14;

/**
 * Bytes of a message on the wire: method, content header, and the body in as many frames as it takes.
 *
 * @param argumentBytes of its method, behind class and method id
 * @param frameMax what client and server agreed on for one frame
 */
export function messageBytes(
  argumentBytes: number,
  propertyBytes: number,
  bodyBytes: number,
  frameMax: number,
): number {
  const frames = Math.ceil(bodyBytes / (frameMax - FRAME_BYTES));
  const method = FRAME_BYTES + 4 + argumentBytes, header = FRAME_BYTES + HEADER_BYTES + propertyBytes;
  return method + header + bodyBytes + frames * FRAME_BYTES;
}
