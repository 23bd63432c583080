/**
 * gRPC: a server of the Go library, asked by clients of two libraries (Go, and @grpc/grpc-js of npm) that do the same
 * plans, and loaded by the one in Go.
 */
import { goProgram } from "../cached.ts";
import { runClient } from "../client.ts";
import { differences, type Expected } from "../compare.ts";
import type { Json, Line, LiveTest, Scene, Stage, Step } from "../harness.ts";
import { plans, UNIMPLEMENTED } from "./calls.ts";
import { type Call, pathOf, type Plan, type Seen, stringValue } from "./plan.ts";

const LOAD = 20_000, CONNECTIONS = 4;

async function set(stage: Stage): Promise<Scene> {
  const echo = await goProgram(stage, "grpc-echo", new URL("echo", import.meta.url).pathname);
  const port = await stage.freePort(), address = `127.0.0.1:${port}`;
  const server = await stage.start("echo", echo, ["serve", address]);
  await server.listens(port);
  const clients: Client[] = [
    { name: "Go", bytes: "/wA", run: (plan) => stage.run(echo, ["call", address, plan]) },
    { name: "grpc-js", bytes: "/wA=", run: (plan) => runClient(stage, "grpc/grpc_js.ts", [address, plan]) },
  ];
  return {
    rules: [`grpc;${port}`],
    steps: [
      ...clients.flatMap((client) => plans.map((plan) => does(stage, client, plan))),
      load(stage, echo, address, clients[0]),
    ],
    reasons: [/^stream reset before an answer: CANCEL$/],
  };
}

/** A program that does a plan, of which it is given the path, and prints what became of each call. */
interface Client {
  readonly name: string;
  /** How it writes the bytes ff 00 of a field whose name ends with -bin: base64 may be padded or not. */
  readonly bytes: string;
  run(plan: string): Promise<string>;
}

function does(stage: Stage, client: Client, plan: Plan): Step {
  return {
    name: `${client.name}: ${plan.name}`,
    async run() {
      await carryOut(stage, client, plan);
      const expected = plan.calls.map((call, number) => roundTrip(client, call, number, plan.gzip));
      return plan.atOnce ? (lines) => differences(byNumber(lines), expected) : expected;
    },
  };
}

/** Calls made at once may be answered in any order. */
function byNumber(lines: readonly Line[]): Line[] {
  return lines.toSorted((a, b) => numberOf(a) - numberOf(b));
}

function numberOf({ Request }: Line): number {
  return Number((Request.Metadata as Record<string, Json[]>).Number);
}

/** Has the client do it; what became of it must be what was planned. */
async function carryOut(stage: Stage, client: Client, plan: Plan): Promise<void> {
  const file = await stage.write("plan.json", JSON.stringify(plan));
  const seen: Seen[] = JSON.parse(await client.run(file));
  for (const [number, { method, messages, answers = messages, code = 0, text }] of plan.calls.entries()) {
    const { code: is, answers: count, text: said } = seen[number];
    if (is !== code || count !== answers.length || (text ?? said) !== said) {
      throw new Error(`call ${number} (${method}) had ${count} answers, and ended with ${is} "${said}"`);
    }
  }
}

type Parts = Readonly<Record<string, Json>>;

/** What packetd must print of a call. Its number comes back beside the first answer. */
function roundTrip(client: Client, call: Call, number: number, gzip = false): Expected {
  const { method, messages, answers = messages, code = 0, text = "", cancelAfter, deadlineMs } = call;
  const isEcho = !method.startsWith("/"), isAnswered = deadlineMs === undefined && cancelAfter !== 0;
  const both: Parts = { Number: [`${number}`], ...(gzip ? { "Grpc-Encoding": ["gzip"] } : {}) };
  // Without an answer the status comes in the only header.
  const header: Parts = answers.length === 0 ? { "Grpc-Status": [`${code}`] } : isEcho ? both : {};
  const ending: Parts = cancelAfter === undefined ? { GrpcStatus: `${code}`, GrpcMessage: text } : { Reset: "CANCEL" };
  return {
    Request: {
      Service: pathOf(call).slice(1).replaceAll("/", "."),
      Metadata: { ...both, "Bytes-Bin": [client.bytes], Authorization: ["***"] },
      // What is not there is refused at once, maybe before the message is sent.
      ...(code === UNIMPLEMENTED || gzip ? {} : { Size: sizeOf(messages) }),
    },
    Response: isAnswered
      ? { Status: "200", Metadata: header, ...ending, ...(isEcho && !gzip ? { Size: sizeOf(answers) } : {}) }
      : null,
  };
}

/** Each message has a flag and a length before it. */
function sizeOf(texts: readonly string[]): number {
  return texts.reduce((size, text) => size + 5 + stringValue(text).length, 0);
}

function load(stage: Stage, echo: string, address: string, client: Client): Step {
  return {
    name: `${LOAD} calls on ${CONNECTIONS} connections, 25 at once on each`,
    async run() {
      const answered = await stage.run(echo, ["load", address, `${CONNECTIONS}`, `${LOAD / CONNECTIONS}`]);
      if (Number(answered) !== LOAD) throw new Error(`${answered} of ${LOAD} calls were answered`);
      const call: Call = { method: "Unary", messages: ["load"] };
      const expected = Array.from({ length: LOAD }, (_, number) => roundTrip(client, call, number));
      return (lines) => differences(byNumber(lines), expected);
    },
  };
}

export const grpc: LiveTest = { name: "grpc", programs: { go: "golang-go", env: "coreutils" }, set };
