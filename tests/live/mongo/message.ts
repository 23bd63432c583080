/**
 * MongoDB's messages made and read by hand, for what no driver of npm does without a library in C: each compressor,
 * legacy queries, document sequences, several replies to one request.
 *
 * https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 */
import { deflateSync, inflateSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { deserialize, type Document, serialize } from "npm:bson@7.3.4";
import snappy from "npm:snappyjs@0.7.0";

export type { Document } from "npm:bson@7.3.4";

const OP_REPLY = 1, OP_QUERY = 2004, OP_COMPRESSED = 2012, OP_MSG = 2013;
const HEADER_BYTES = 16;
export const MORE_TO_COME = 1 << 1, EXHAUST_ALLOWED = 1 << 16;

interface Compressor {
  readonly id: number;
  pack(bytes: Uint8Array): Uint8Array;
  unpack(bytes: Uint8Array): Uint8Array;
}

const compressors = {
  snappy: { id: 1, pack: (bytes) => snappy.compress(bytes), unpack: (bytes) => snappy.uncompress(bytes) },
  zlib: { id: 2, pack: deflateSync, unpack: inflateSync },
  zstd: { id: 3, pack: zstdCompressSync, unpack: zstdDecompressSync },
} satisfies Readonly<Record<string, Compressor>>;
export type CompressorName = keyof typeof compressors;
export const compressorNames = Object.keys(compressors) as CompressorName[];

let id = 1_000_000;

/** A request that can be sent: its number, and its bytes. */
export interface Request {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export interface CommandOptions {
  readonly flags?: number;
  readonly compressor?: CompressorName;
  /** The documents of a command that has a list of them, as a section of their own. */
  readonly sequence?: { readonly name: string; readonly documents: readonly Document[]; readonly isFirst?: boolean };
}

/** An OP_MSG. */
export function command(document: Document, options: CommandOptions = {}): Request {
  const { flags = 0, compressor, sequence } = options;
  const body = joined(Uint8Array.of(0), serialize(document));
  const sections = sequence === undefined
    ? [body]
    : sequence.isFirst
    ? [sectionOf(sequence), body]
    : [body, sectionOf(sequence)];
  const content = joined(int32(flags), ...sections);
  if (compressor === undefined) return request(OP_MSG, content);
  const { id, pack } = compressors[compressor];
  const original = joined(int32(OP_MSG), int32(content.length), Uint8Array.of(id));
  return request(OP_COMPRESSED, joined(original, pack(content)));
}

/** A legacy OP_QUERY to the commands of a database. */
export function query(database: string, document: Document): Request {
  const namespace = new TextEncoder().encode(`${database}.$cmd\0`);
  return request(OP_QUERY, joined(int32(0), namespace, int32(0), int32(-1), serialize(document)));
}

function sectionOf({ name, documents }: NonNullable<CommandOptions["sequence"]>): Uint8Array {
  const content = joined(new TextEncoder().encode(`${name}\0`), ...documents.map((document) => serialize(document)));
  return joined(Uint8Array.of(1), int32(4 + content.length), content);
}

function request(opCode: number, content: Uint8Array): Request {
  id++;
  const header = [HEADER_BYTES + content.length, id, 0, opCode].map(int32);
  return { id, bytes: joined(...header, content) };
}

export interface Reply {
  readonly responseTo: number;
  readonly opCode: "REPLY" | "MSG" | "COMPRESSED";
  /** Of the whole message on the wire. */
  readonly size: number;
  readonly moreToCome: boolean;
  readonly document: Document;
}

const opCodeNames: Readonly<Record<number, Reply["opCode"]>> = {
  [OP_REPLY]: "REPLY",
  [OP_MSG]: "MSG",
  [OP_COMPRESSED]: "COMPRESSED",
};

/** A connection that sends what it is given, and reads replies one by one. */
export class MessageConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  #received = new Uint8Array(0);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    connection.setNoDelay(true);
  }

  static async open(port: number): Promise<MessageConnection> {
    return new MessageConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  async receive(): Promise<Reply> {
    await this.#holds(HEADER_BYTES);
    const [size, , responseTo, opCode] = [0, 4, 8, 12].map((at) => readInt32(this.#received, at));
    await this.#holds(size);
    let content: Uint8Array = this.#received.subarray(HEADER_BYTES, size), innerOpCode = opCode;
    this.#received = this.#received.subarray(size);
    if (opCode === OP_COMPRESSED) {
      innerOpCode = readInt32(content, 0);
      const compressor: Compressor = Object.values(compressors).find(({ id }) => id === content[8])!;
      content = compressor.unpack(content.subarray(9));
    }
    const at = innerOpCode === OP_REPLY ? 20 : 5;
    return {
      responseTo,
      opCode: opCodeNames[opCode],
      size,
      moreToCome: innerOpCode === OP_MSG && (readInt32(content, 0) & MORE_TO_COME) !== 0,
      document: deserialize(content.subarray(at, at + readInt32(content, at)), { promoteLongs: false }),
    };
  }

  async #holds(count: number): Promise<void> {
    const buffer = new Uint8Array(65536);
    while (this.#received.length < count) {
      const length = await this.#connection.read(buffer);
      if (length === null) throw new Error("the server ended the connection");
      this.#received = joined(this.#received, buffer.subarray(0, length));
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

function int32(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, number, true);
  return bytes;
}

function readInt32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at, true);
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
