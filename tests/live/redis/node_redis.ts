/** Redis by npm redis, in RESP3: its types, its pushes, and a cache that the server keeps fresh: `deno run ... PORT`. */
import { createClient } from "npm:redis@6.3.1";
import { RedisConnection } from "./connection.ts";

const socket = { host: "127.0.0.1", port: Number(Deno.args[0]) };

const db = createClient({ socket, RESP: 3 }), main = new RedisConnection("main");
await db.connect();
main.asked("HSET map f v g w", "Integers", await db.hSet("map", { f: "v", g: "w" }), 2);
main.asked("HGETALL map", "Maps", { ...await db.hGetAll("map") }, { f: "v", g: "w" });
main.asked("SADD set a", "Integers", await db.sAdd("set", "a"), 1);
main.asked("SMEMBERS set", "Sets", await db.sMembers("set"), ["a"]);
const members = [{ score: 1, value: "a" }, { score: 2.5, value: "b" }];
main.asked("ZADD zset 1 a 2.5 b", "Integers", await db.zAdd("zset", members), 2);
main.asked("ZSCORE zset b", "Doubles", await db.zScore("zset", "b"), 2.5);
const range = await db.zRangeWithScores("zset", 0, -1);
main.asked("ZRANGE zset 0 -1 WITHSCORES", "Array", range.map(({ score, value }) => ({ score, value })), members);
main.asked("GET none", "Null", await db.get("none"), null);
const PROTOCOL: [of: string, type: string, answer: unknown][] = [
  ["TRUE", "Booleans", true],
  ["NULL", "Null", null],
  ["DOUBLE", "Doubles", 3.141],
  ["BIGNUM", "BigNumbers", 1234567999999999999999999999999999999n],
  ["VERBATIM", "VerbatimStrings", "This is a verbatim\nstring"],
];
for (const [of, type, expected] of PROTOCOL) {
  const answer = await db.sendCommand(["DEBUG", "PROTOCOL", of]);
  main.told({ Command: "DEBUG" }, { DataType: type }, answer, expected);
}
const error = await db.sendCommand(["INCR", "map"]).catch(({ message }: Error) => message);
main.asked("INCR map", "Errors", error, "WRONGTYPE Operation against a key holding the wrong kind of value");

// What is asked at once goes out in one segment.
const counts = await Promise.all([1, 2, 3, 4].map(() => db.incr("tally")));
for (const [i, count] of counts.entries()) main.asked("INCR tally", "Integers", count, i + 1);
const run = await db.multi().incr("tally").hGetAll("map").zScore("zset", "b").exec();
main.asked("MULTI", "SimpleStrings", "OK", "OK");
for (const queued of ["INCR tally", "HGETALL map", "ZSCORE zset b"]) {
  main.asked(queued, "SimpleStrings", "QUEUED", "QUEUED");
}
main.told({ Command: "EXEC", Size: 4 }, { DataType: "Array" }, [run[0], run[2]], [5, 2.5]);

// A key that is read is tracked; the server says when somebody else has written it.
const cached = createClient({ socket, RESP: 3, clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: "LRU" } });
await cached.connect();
const tracking = new RedisConnection("tracking");
tracking.asked("SET tracked 1", "SimpleStrings", await cached.set("tracked", "1"), "OK");
tracking.asked("GET tracked", "BulkStrings", await cached.get("tracked"), "1");
if (await cached.get("tracked") !== "1") throw new Error("the cache holds another value");
main.asked("SET tracked 2", "SimpleStrings", await db.set("tracked", "2"), "OK");
let fresh: string | null;
do {
  await new Promise((resolve) => setTimeout(resolve, 1));
  fresh = await cached.get("tracked"); // from the cache, so that nothing is asked, until the push has come
} while (fresh === "1");
tracking.pushed(1);
tracking.asked("GET tracked", "BulkStrings", fresh, "2");

// Messages are pushes, by name, by pattern and by shard; such a connection may ask anything meanwhile.
const listening = createClient({ socket, RESP: 3 }), subscriber = new RedisConnection("subscriber");
await listening.connect();
const news = Promise.withResolvers<string>(), any = Promise.withResolvers<string>();
const shard = Promise.withResolvers<string>();
await listening.subscribe("news", news.resolve);
subscriber.told({ Command: "SUBSCRIBE", Size: 13 }, { DataType: "Pushes" });
await listening.pSubscribe("new*", any.resolve);
subscriber.told({ Command: "PSUBSCRIBE", Size: 14 }, { DataType: "Pushes" });
await listening.sSubscribe("shard", shard.resolve);
subscriber.told({ Command: "SSUBSCRIBE", Size: 15 }, { DataType: "Pushes" });
subscriber.asked("GET none", "Null", await listening.get("none"), null);
main.asked("PUBLISH news hello", "Integers", await db.publish("news", "hello"), 2);
main.asked("SPUBLISH shard hello", "Integers", await db.sPublish("shard", "hello"), 1);
await Promise.all([news.promise, any.promise, shard.promise]);
subscriber.pushed(3);
await listening.unsubscribe();
subscriber.told({ Command: "UNSUBSCRIBE", Size: 11 }, { DataType: "Pushes" });
await listening.pUnsubscribe();
subscriber.told({ Command: "PUNSUBSCRIBE", Size: 12 }, { DataType: "Pushes" });
await listening.sUnsubscribe();
subscriber.told({ Command: "SUNSUBSCRIBE", Size: 12 }, { DataType: "Pushes" });
subscriber.asked("PING", "SimpleStrings", await listening.ping(), "PONG");

for (const client of [db, cached, listening]) client.destroy();
