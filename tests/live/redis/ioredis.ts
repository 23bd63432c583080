/** Redis by npm ioredis, in RESP2, with one connection for each way of waiting: `deno run ... ioredis.ts PORT`. */
import { once } from "node:events";
import { Redis } from "npm:ioredis@6.0.0";
import { RedisConnection } from "./connection.ts";

const LARGE = "x".repeat(200_000);
const options = { host: "127.0.0.1", port: Number(Deno.args[0]), protocol: 2 as const };
const clients: Redis[] = [];

function connect(name: string): [client: Redis, connection: RedisConnection] {
  const client = new Redis(options);
  clients.push(client);
  return [client, new RedisConnection(name)];
}

/** What a command was refused with. */
function refusal(command: Promise<unknown>): Promise<Error> {
  return command.then((answer) => new Error(`not refused: ${answer}`), (error) => error);
}

const [db, main] = connect("main");
main.asked("SET greeting hello", "SimpleStrings", await db.set("greeting", "hello"), "OK");
main.asked("GET greeting", "BulkStrings", await db.get("greeting"), "hello");
main.asked("GET none", "BulkStrings", await db.get("none"), null);
main.asked(["SET", "large", LARGE], "SimpleStrings", await db.set("large", LARGE), "OK");
main.asked("GET large", "BulkStrings", await db.get("large"), LARGE);
main.asked("STRLEN large", "Integers", await db.strlen("large"), LARGE.length);
const wrongType = new Error("WRONGTYPE Operation against a key holding the wrong kind of value");
main.asked("LPUSH greeting x", "Errors", strip(await refusal(db.lpush("greeting", "x"))), wrongType);

// Several commands in one segment, an error among them.
const piped = await db.pipeline().set("a", 1).incr("a").lpush("a", "x").get("a").mget("a", "none").exec();
const answers = piped!.map(([error, answer]) => error === null ? answer : strip(error));
main.asked("SET a 1", "SimpleStrings", answers[0], "OK");
main.asked("INCR a", "Integers", answers[1], 2);
main.asked("LPUSH a x", "Errors", answers[2], wrongType);
main.asked("GET a", "BulkStrings", answers[3], "2");
main.asked("MGET a none", "Array", answers[4], ["2", null]);

// Transactions: one that is run, one whose key changed under WATCH, one with a command that does not exist.
const QUEUED = "QUEUED";
const run = await db.multi().incr("a").lpush("a", "x").exec();
main.asked("MULTI", "SimpleStrings", "OK", "OK");
main.asked("INCR a", "SimpleStrings", QUEUED, QUEUED);
main.asked("LPUSH a x", "SimpleStrings", QUEUED, QUEUED);
main.asked("EXEC", "Array", run!.map(([error, answer]) => error === null ? answer : strip(error)), [3, wrongType]);
const [other, second] = connect("second");
main.asked("WATCH a", "SimpleStrings", await db.watch("a"), "OK");
second.asked("SET a 5", "SimpleStrings", await other.set("a", "5"), "OK");
const watched = await db.multi().incr("a").exec();
main.asked("MULTI", "SimpleStrings", "OK", "OK");
main.asked("INCR a", "SimpleStrings", QUEUED, QUEUED);
main.asked("EXEC", "Array", watched, null);
await db.multi({ pipeline: false });
main.asked("MULTI", "SimpleStrings", "OK", "OK");
const unknown = new Error("ERR unknown command 'NOSUCH', with args beginning with: ");
main.asked("NOSUCH", "Errors", strip(await refusal(db.call("NOSUCH"))), unknown);
const aborted = new Error("EXECABORT Transaction discarded because of previous errors.");
main.asked("EXEC", "Errors", strip(await refusal(db.exec())), aborted);

// Scripts.
const RETURN = "return {ARGV[1], 2, {redis.call('GET', KEYS[1])}}";
main.asked(["EVAL", RETURN, "1", "a", "x"], "Array", await db.eval(RETURN, 1, "a", "x"), ["x", 2, ["5"]]);
const sha = await db.script("LOAD", "return ARGV[1]") as string;
main.asked(["SCRIPT", "LOAD", "return ARGV[1]"], "BulkStrings", sha, sha);
main.asked(`EVALSHA ${sha} 0 by-sha`, "BulkStrings", await db.evalsha(sha, 0, "by-sha"), "by-sha");
const noScript = new Error("NOSCRIPT No matching script. Please use EVAL.");
const missing = "0".repeat(40);
main.asked(`EVALSHA ${missing} 0`, "Errors", strip(await refusal(db.evalsha(missing, 0))), noScript);

// Answers that are waited for: given by another connection, and given up.
const [waiting, blocked] = connect("blocked");
blocked.asked("DEL jobs", "Integers", await waiting.del("jobs"), 0);
const popped = waiting.blpop("jobs", 10);
await isBlocked();
main.asked("RPUSH jobs job", "Integers", await db.rpush("jobs", "job"), 1);
blocked.asked("BLPOP jobs 10", "Array", await popped, ["jobs", "job"]);
blocked.asked("BLPOP jobs 0.05", "Array", await waiting.blpop("jobs", 0.05), null);
const created = await db.xgroup("CREATE", "stream", "group", "$", "MKSTREAM");
main.asked("XGROUP CREATE stream group $ MKSTREAM", "SimpleStrings", created, "OK");
const read = waiting.xreadgroup("GROUP", "group", "one", "BLOCK", 10_000, "STREAMS", "stream", ">");
await isBlocked();
main.asked("XADD stream 1-1 field value", "BulkStrings", await db.xadd("stream", "1-1", "field", "value"), "1-1");
const entries = [["1-1", ["field", "value"]]];
blocked.asked("XREADGROUP GROUP group one BLOCK 10000 STREAMS stream >", "Array", await read, [["stream", entries]]);
main.asked("XRANGE stream - +", "Array", await db.xrange("stream", "-", "+"), entries);
main.asked("XACK stream group 1-1", "Integers", await db.xack("stream", "group", "1-1"), 1);

/** Waits until the server holds a connection that blocks: its own count tells. */
async function isBlocked(): Promise<void> {
  for (;;) {
    const clients = await db.info("clients");
    main.asked("INFO clients", "BulkStrings", clients, clients);
    if (/^blocked_clients:1\r$/m.test(clients)) return;
  }
}

// Published messages, which RESP2 sends as arrays, and the lines of MONITOR.
const [listening, subscriber] = connect("subscriber");
await listening.subscribe("news", "sports");
subscriber.told({ Command: "SUBSCRIBE", Size: 19 }, { DataType: "Array" });
await listening.psubscribe("new*");
subscriber.told({ Command: "PSUBSCRIBE", Size: 14 }, { DataType: "Array" });
const heard = Promise.all([once(listening, "message"), once(listening, "pmessage")]);
main.asked("PUBLISH news hello", "Integers", await db.publish("news", "hello"), 2);
await heard;
subscriber.pushed(2);
await listening.punsubscribe("new*");
subscriber.told({ Command: "PUNSUBSCRIBE", Size: 16 }, { DataType: "Array" });
await listening.unsubscribe();
subscriber.told({ Command: "UNSUBSCRIBE", Size: 11 }, { DataType: "Array" });
subscriber.asked("PING", "SimpleStrings", await listening.ping(), "PONG");

const monitor = await db.monitor();
const monitored = new RedisConnection("monitor");
monitored.asked("MONITOR", "SimpleStrings", "OK", "OK");
const line = once(monitor, "monitor");
main.asked("SET seen 1", "SimpleStrings", await db.set("seen", 1), "OK");
await line;
monitored.pushed(1);
monitor.disconnect();

for (const client of clients) client.disconnect();

/** An error of the driver as what the server said. */
function strip({ message }: Error): Error {
  return new Error(message);
}
