/**
 * npm's mongodb driver on one connection: documents, cursors, indexes, and what goes wrong. Its own events give the number
 * of each message.
 *
 *     mongodb.ts PORT [zlib]
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type CommandStartedEvent, MongoClient } from "npm:mongodb@7.9.0";
import { Connection } from "../told.ts";

const [port, compressor] = Deno.args;
const DATABASE = "live", ITEMS = "items", DOCUMENTS = 250;
const OpCode = compressor === undefined ? "MSG" : "COMPRESSED";

interface Item {
  readonly _id: number | string;
  readonly [name: string]: unknown;
}

const told = new Connection("mongodb");
const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
  maxPoolSize: 1,
  heartbeatFrequencyMS: 500,
  monitorCommands: true,
  ...(compressor === undefined ? {} : { compressors: [compressor as "zlib"] }),
});
const started: CommandStartedEvent[] = [];
client.on("commandStarted", (event) => started.push(event));
await client.connect();
const database = client.db(DATABASE);
const items = database.collection<Item>(ITEMS);
await change();
await read();
await administer();
await fail();
for (let beats = 0; beats < 2; beats++) await once(client, "serverHeartbeatSucceeded");
await client.close();
assert.equal(started.shift()?.commandName, "endSessions");
told.oneWay();
assert.deepEqual(started, []);

/** How a command is told of that is not about the collection, or that failed. */
interface Unlike {
  readonly times?: number;
  readonly Source?: string;
  readonly Collection?: string;
  readonly Ok?: number;
  readonly Code?: number;
  readonly Message?: string;
}

/** The next command that the driver says it sent must be this one; it is told, with its answer. */
function sent(CmdName: string, unlike: Unlike = {}): void {
  const { times = 1, Source = DATABASE, Collection = ITEMS, Ok = 1, Code = 0, Message = "OK" } = unlike;
  for (let i = 0; i < times; i++) {
    const { commandName, databaseName, requestId: ID } = started.shift()!;
    assert.deepEqual([databaseName, commandName], [Source, CmdName]);
    told.told({ ID, OpCode, Source, Collection, CmdName }, { ID, OpCode, Ok, Code, Message });
  }
}

async function change(): Promise<void> {
  await items.drop();
  sent("drop");
  await items.insertOne({ _id: 0, name: "first" });
  sent("insert");
  await items.insertMany(
    Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i + 1, group: i % 5, text: "x".repeat(i) })),
  );
  sent("insert");
  assert.equal((await items.updateMany({ group: 1 }, { $set: { seen: true } })).modifiedCount, 50);
  sent("update");
  assert.equal((await items.replaceOne({ _id: 0 }, { name: "replaced" })).modifiedCount, 1);
  sent("update");
  assert.equal((await items.findOneAndUpdate({ _id: 5 }, { $set: { seen: true } }))?._id, 5);
  sent("findAndModify");
  assert.equal((await items.deleteMany({ group: 4 })).deletedCount, 50);
  sent("delete");
  await items.insertOne({ _id: "unacknowledged" }, { writeConcern: { w: 0 } });
  assert.equal(started.shift()?.commandName, "insert");
  told.oneWay();
  await items.insertOne({ _id: "large", blob: Buffer.alloc(200_000, 7) });
  sent("insert");
}

async function read(): Promise<void> {
  assert.equal((await items.findOne({ _id: "large" }))?.blob instanceof Object, true);
  sent("find");
  assert.equal((await items.find({ group: 3 }, { batchSize: 10 }).toArray()).length, 50);
  sent("find");
  sent("getMore", { times: 5 }); // FerretDB finds out with an empty batch that there is no more
  assert.equal((await items.find({}, { batchSize: 20 }).limit(60).toArray()).length, 60);
  sent("find");
  sent("getMore", { times: 2 });
  sent("killCursors"); // the driver knows that it has enough
  const open = items.find({}, { batchSize: 5 });
  await open.next();
  sent("find");
  await open.close();
  sent("killCursors");
  const sums = [{ $match: { seen: true } }, { $group: { _id: "$group", count: { $sum: 1 } } }];
  assert.deepEqual(await items.aggregate(sums).toArray(), [{ _id: 1, count: 50 }]);
  sent("aggregate");
  assert.equal(await items.countDocuments({ group: 2 }), 50);
  sent("aggregate");
  assert.deepEqual((await items.distinct("group")).toSorted(), [0, 1, 2, 3]);
  sent("distinct");
  await items.find({ _id: 1 }).explain();
  sent("explain");
}

async function administer(): Promise<void> {
  assert.equal(await items.createIndex({ group: 1 }), "group_1");
  sent("createIndexes");
  assert.equal((await items.indexes()).length, 2);
  sent("listIndexes");
  await items.dropIndex("group_1");
  sent("dropIndexes");
  assert.equal((await database.listCollections().toArray()).length, 1);
  sent("listCollections", { Collection: "" });
  await client.db("admin").command({ ping: 1 });
  sent("ping", { Source: "admin", Collection: "" });
}

/** An error of a write stands in an answer that is well in itself. */
async function fail(): Promise<void> {
  const duplicate = { Code: 11000, Message: "DuplicateKey" };
  await assert.rejects(items.insertOne({ _id: 1 }), { code: 11000 });
  sent("insert", duplicate);
  const writes = [2, 9001].map((_id) => ({ insertOne: { document: { _id } } }));
  await assert.rejects(items.bulkWrite(writes, { ordered: false }), { code: 11000 });
  sent("insert", duplicate);
  await assert.rejects(database.command({ noSuchCommand: 1 }), { code: 59 });
  sent("noSuchCommand", { Collection: "", Ok: 0, Code: 59, Message: "CommandNotFound" });
  await assert.rejects(items.find({ $bad: 1 }).toArray(), { code: 2 });
  sent("find", { Ok: 0, Code: 2, Message: "BadValue" });
}
