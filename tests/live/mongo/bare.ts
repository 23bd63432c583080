/**
 * A bare connection to a MongoDB server, for what the driver of npm does not do: hello in a legacy query, document
 * sequences on either side of the command, snappy, zlib and zstd, exhaust cursors, several commands at once, a command in
 * pieces.
 *
 *     bare.ts PORT
 */
import assert from "node:assert/strict";
import { Connection, type Parts } from "../told.ts";
import {
  command,
  type CommandOptions,
  compressorNames,
  type Document,
  EXHAUST_ALLOWED,
  joined,
  MessageConnection,
  MORE_TO_COME,
  query,
  type Reply,
  type Request,
} from "./message.ts";

const DATABASE = "bare", ITEMS = "items";
const DUPLICATE = { Code: 11000, Message: "DuplicateKey" };

const told = new Connection("bare");
using connection = await MessageConnection.open(Number(Deno.args[0]));
await hello();
await sequences();
for (const compressor of compressorNames) await compressed({ compressor });
await exhaust();
await unacknowledged();
await atOnce();
await inPieces();

/** What is told of a request, but for its number and length. */
interface Question extends Parts {
  readonly OpCode: string;
  readonly CmdName: string;
  readonly Source: string;
  readonly Collection: string;
}

function question(document: Document, options: CommandOptions = {}): Question {
  const [CmdName] = Object.keys(document), name = CmdName === "getMore" ? document.collection : document[CmdName];
  return {
    OpCode: options.compressor === undefined ? "MSG" : "COMPRESSED",
    CmdName,
    Source: DATABASE,
    Collection: typeof name === "string" ? name : "",
  };
}

/** Tells of a request with its reply, which must be this one's and go well unless another answer is expected. */
function answered({ id: ID, bytes }: Request, question: Question, reply: Reply, answer: Parts = {}): Document {
  const Ok = answer.Ok ?? 1, { OpCode } = question;
  const sent = { ...question, ID, Size: bytes.length };
  const received = { ID, OpCode: reply.opCode, Ok, Code: 0, Message: "OK", ...answer, Size: reply.size };
  told.told(sent, received, [reply.responseTo, reply.opCode, reply.document.ok], [
    ID,
    OpCode === "QUERY" ? "REPLY" : OpCode,
    Ok,
  ]);
  return reply.document;
}

/** Sends a command, waits for its reply, and tells of both. */
async function ask(document: Document, options: CommandOptions = {}, answer: Parts = {}): Promise<Document> {
  const request = command({ ...document, $db: DATABASE }, options);
  await connection.send(request.bytes);
  return answered(request, question(document, options), await connection.receive(), answer);
}

async function hello(): Promise<void> {
  const request = query("admin", { isMaster: 1, helloOk: true, compression: compressorNames });
  await connection.send(request.bytes);
  const asked = { OpCode: "QUERY", CmdName: "isMaster", CmdValue: "1", Source: "admin", Collection: "" };
  const { compression } = answered(request, asked, await connection.receive());
  assert.deepEqual(compression, compressorNames);
}

function numbered(from: number, count: number, text = ""): Document[] {
  return Array.from({ length: count }, (_, i) => ({ _id: from + i, text }));
}

async function sequences(): Promise<void> {
  const insert = { insert: ITEMS };
  await ask({ drop: ITEMS });
  const documents = numbered(0, 300, "x".repeat(1000));
  assert.equal((await ask(insert, { sequence: { name: "documents", documents } })).n, 300);
  const more = { name: "documents", documents: numbered(300, 100), isFirst: true };
  assert.equal((await ask(insert, { sequence: more })).n, 100);
  await ask(insert, { sequence: { name: "documents", documents: numbered(399, 2) } }, DUPLICATE);
}

/** The first key is the command, the others are looked at in no order. */
async function compressed(options: CommandOptions): Promise<void> {
  const name = `compressed by ${options.compressor}`, insert = { insert: name };
  const documents = [...numbered(0, 1, "y".repeat(200_000)), ...numbered(1, 200, name)];
  assert.equal((await ask(insert, { ...options, sequence: { name: "documents", documents } })).n, 201);
  const { cursor } = await ask({ find: name, batchSize: 100 }, options);
  assert.equal(cursor.firstBatch.length, 100);
  await ask({ killCursors: name, cursors: [cursor.id] }, options);
  await ask({ getMore: cursor.id, collection: name }, options, { Ok: 0, Code: 43, Message: "CursorNotFound" });
  await ask({ ...insert, documents: [{ _id: 1 }] }, options, DUPLICATE);
  await ask({ noSuchCommand: 1 }, options, { Ok: 0, Code: 59, Message: "CommandNotFound" });
}

/** The reply to getMore says that another one comes; each after it responds to the one before. */
async function exhaust(): Promise<void> {
  const { cursor } = await ask({ find: ITEMS, batchSize: 50 });
  const document = { getMore: cursor.id, collection: ITEMS, batchSize: 50 };
  const request = command({ ...document, $db: DATABASE }, { flags: EXHAUST_ALLOWED });
  await connection.send(request.bytes);
  const replies = [await connection.receive()];
  while (replies.at(-1)!.moreToCome) replies.push(await connection.receive());
  assert.ok(replies.length >= 7, `${replies.length} replies for 350 documents`);
  assert.equal(replies.reduce((total, { document }) => total + document.cursor.nextBatch.length, 0), 350);
  answered(request, question(document), replies[0]);
}

async function unacknowledged(): Promise<void> {
  for (const compressor of [undefined, ...compressorNames]) {
    const document = { insert: ITEMS, documents: [{ _id: `without an answer, ${compressor}` }], $db: DATABASE };
    await connection.send(command(document, { flags: MORE_TO_COME, compressor }).bytes);
    told.oneWay();
  }
  assert.equal((await ask({ count: ITEMS })).n, 404);
}

async function atOnce(): Promise<void> {
  const documents = [{ ping: 1 }, { count: ITEMS }, { find: ITEMS, filter: { _id: 5 } }, { listCollections: 1 }];
  const requests = documents.map((document) => command({ ...document, $db: DATABASE }));
  await connection.send(joined(...requests.map(({ bytes }) => bytes)));
  for (const [i, request] of requests.entries()) answered(request, question(documents[i]), await connection.receive());
}

/** Its header in two segments, its document in several. */
async function inPieces(): Promise<void> {
  const document = { find: ITEMS, filter: { _id: 5 } };
  const request = command({ ...document, $db: DATABASE });
  for (let at = 0; at < request.bytes.length; at += 11) {
    await connection.send(request.bytes.subarray(at, at + 11));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  answered(request, question(document), await connection.receive());
}
