/**
 * Load for a MongoDB server, half of it by npm's driver on four connections, half by one bare connection that sends all
 * its commands before it reads a reply. Prints the numbers of the messages that asked for a document.
 *
 *     load.ts PORT COMMANDS
 */
import assert from "node:assert/strict";
import { MongoClient } from "npm:mongodb@7.9.0";
import { command, joined, MessageConnection } from "./message.ts";

const CONNECTIONS = 4, DOCUMENTS = 1000, DATABASE = "live", LOAD = "load";

const [port, commands] = Deno.args.map(Number);
const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
  maxPoolSize: CONNECTIONS,
  monitorCommands: true,
});
const numbers: number[] = [];
client.on("commandStarted", ({ commandName, requestId }) => {
  if (commandName === "find") numbers.push(requestId);
});
const documents = client.db(DATABASE).collection<{ readonly _id: string; readonly text: string }>(LOAD);
await documents.insertMany(Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: `${i}`, text: "x".repeat(i) })));
const counts = Array.from({ length: commands / 2 }, (_, i) => i);
const found = await Promise.all(counts.map((i) => documents.findOne({ _id: `${i % DOCUMENTS}` })));
assert.ok(found.every((document, i) => document?.text.length === i % DOCUMENTS));
await client.close();

using connection = await MessageConnection.open(port);
const requests = counts.map((i) => command({ find: LOAD, filter: { _id: `${i % DOCUMENTS}` }, $db: DATABASE }));
const sending = connection.send(joined(...requests.map(({ bytes }) => bytes)));
for (const { id } of requests) assert.equal((await connection.receive()).responseTo, id);
await sending;
console.log(JSON.stringify([...numbers, ...requests.map(({ id }) => id)]));
