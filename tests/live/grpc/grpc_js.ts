/**
 * Does a plan with npm's @grpc/grpc-js, on one connection, and prints what became of each call.
 *
 *     grpc_js.ts ADDRESS PLAN
 */
import { Client, credentials, Metadata, type StatusObject } from "npm:@grpc/grpc-js@1.14.7";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type Call, pathOf, type Plan, type Seen, stringValue } from "./plan.ts";

const GZIP = { "grpc.default_compression_algorithm": 2 };

const [address, path] = Deno.args;
const { gzip, atOnce, calls }: Plan = JSON.parse(await Deno.readTextFile(path));
const client = new Client(address, credentials.createInsecure(), gzip ? GZIP : {});
const seen: Seen[] = [];
if (atOnce) seen.push(...await Promise.all(calls.map(make)));
else for (const [number, call] of calls.entries()) seen.push(await make(call, number));
client.close();
console.log(JSON.stringify(seen));

async function make(call: Call, number: number): Promise<Seen> {
  const metadata = new Metadata();
  metadata.set("number", `${number}`);
  metadata.set("bytes-bin", Buffer.of(0xff, 0x00));
  metadata.set("authorization", "Bearer secret");
  const { deadlineMs, cancelAfter } = call;
  const deadline = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
  const encode = (text: string) => Buffer.from(stringValue(text));
  const stream = client.makeBidiStreamRequest(pathOf(call), encode, (bytes) => bytes, metadata, deadline);
  const ended = new Promise<StatusObject>((resolve) => stream.once("status", resolve));
  stream.on("error", () => {}); // the status tells it too
  let answers = 0;
  stream.on("data", () => {
    if (++answers === cancelAfter) stream.cancel();
  });
  for (const message of call.messages) {
    stream.write(message);
    if (call.inTurn) await once(stream, "data");
  }
  if (cancelAfter === undefined) stream.end();
  if (cancelAfter === 0) setTimeout(() => stream.cancel(), 300);
  const { code, details } = await ended;
  return { code, text: details, answers };
}
