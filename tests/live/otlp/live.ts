/**
 * A Collector takes the agent's spans: each round trip that `packetd log` prints of recorded traffic arrives as one span
 * that says the same, though some of the agent's requests are answered with 503.
 */
import { packetsOf } from "../../tools/replay.ts";
import { PcapWriter } from "../../tools/pcap_writer.ts";
import { packetd } from "../captures.ts";
import { listsDiffer } from "../compare.ts";
import type { Score, Stage, SystemTest } from "../harness.ts";
import { type Line, nanoseconds, readLines } from "../lines.ts";
import { type Recordings, recordings, serverPort } from "../recordings.ts";
import { Collector, Flaky, type ReceivedSpan, type Value } from "./collector.ts";
import { type Convention, conventions, tell, type Told } from "./told.ts";

/** One answer of so many is 503. */
const REFUSED_EVERY = 20;
/** Spans in a request: enough requests that some are refused. */
const BATCH = 20;

/** Kinds and states of OTLP's spans. */
const SERVER = 2, CLIENT = 3, ERROR = 2;

/** Another machine (RFC 5737): who asks it is this machine's client. */
const ELSEWHERE = "192.0.2.1";
/** Protocols whose servers are there; the others' are on loopback, as they were recorded. */
const ASKED_ELSEWHERE = new Set(["dns", "http", "kafka", "mysql", "redis"]);

async function check(stage: Stage, score: Score): Promise<void> {
  const recorded = await recordings();
  const capture = await merged(stage, recorded);
  const lines = await logOf(stage, capture, recorded);
  const say = (name: string, faults: readonly string[]) => score.check(`otlp: ${name}`, faults);
  say(
    "packetd log prints every round trip of the recordings",
    lines.length === recorded.roundTrips ? [] : [`${lines.length} lines, ${recorded.roundTrips} were recorded`],
  );
  const collector = await Collector.start(stage);
  for (const convention of conventions) {
    const receiver = new Flaky(stage, collector.url, REFUSED_EVERY);
    await traced(stage, capture, recorded, receiver, convention, lines.length);
    const { refused, requests } = receiver;
    say(
      `semconv ${convention}: ${refused} of ${requests} requests were answered with 503, and came again`,
      refused > 0 ? [] : ["none was"],
    );
    const spans = await collector.spans();
    for (const { protocol, ports } of recorded.rules) {
      const own = lines.filter((line) => ports.includes(serverPort(line)));
      const found = spans.filter(({ serviceName }) => serviceName === nameOf(convention, protocol));
      const told = own.map((line) => ({ line, ...tell(protocol, line, ASKED_ELSEWHERE.has(protocol))[convention] }));
      const errors = told.filter(({ failed }) => failed).length;
      say(`semconv ${convention}, ${protocol}: ${own.length} round trips, ${errors} errors, are spans`, [
        ...(found.length === own.length ? [] : [`${found.length} spans`]),
        ...(convention === "otel" || errors > 0 ? [] : ["that an error is one is not tested"]),
        ...unlike(found, told),
      ]);
    }
  }
  const spans = await collector.spans();
  const ids = new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
  say("no span came twice", ids.size === spans.length ? [] : [`${spans.length} spans, ${ids.size} ids`]);
}

/** The name of the service that a protocol's spans belong to. */
function nameOf(convention: Convention, protocol: string): string {
  return `${convention}-${protocol}`;
}

/** All recordings as one capture, in the order of time. */
async function merged(stage: Stage, { captures, rules }: Recordings): Promise<string> {
  const elsewhere = new Set(rules.flatMap(({ protocol, ports }) => ASKED_ELSEWHERE.has(protocol) ? ports : []));
  const packets = (await Promise.all(captures.map(packetsOf))).flat();
  const path = stage.path("merged.pcap");
  using file = Deno.openSync(path, { create: true, write: true });
  const writer = new PcapWriter((bytes) => file.writeSync(bytes), packets[0].linkType);
  for (const { bytes, sec, nsec, wireLength } of packets.toSorted((a, b) => a.sec - b.sec || a.nsec - b.nsec)) {
    moveServer(bytes, elsewhere);
    writer.packet(bytes, sec, nsec, wireLength);
  }
  writer.end();
  return path;
}

/** Gives servers on these ports their address in an Ethernet frame with IPv4 (RFC 791) and a transport above it. */
function moveServer(frame: Uint8Array, ports: ReadonlySet<number>): void {
  const IP = 14, SOURCE = 12, DESTINATION = 16;
  const view = new DataView(frame.buffer, frame.byteOffset + IP);
  const transport = (view.getUint8(0) & 0x0f) * 4;
  if (ports.has(view.getUint16(transport))) frame.set(ELSEWHERE.split(".").map(Number), IP + SOURCE);
  if (ports.has(view.getUint16(transport + 2))) frame.set(ELSEWHERE.split(".").map(Number), IP + DESTINATION);
}

async function logOf(stage: Stage, capture: string, { rules }: Recordings): Promise<Line[]> {
  const [command, first] = packetd();
  const protos = rules.flatMap(({ protocol, ports }) => ["--proto", `${protocol};${ports.join(",")}`]);
  return readLines(await stage.run(command, [...first, "log", "--pcap.file", capture, ...protos]));
}

/** Runs an agent until everything that it read has left it. */
async function traced(
  stage: Stage,
  capture: string,
  { rules }: Recordings,
  receiver: Flaky,
  semconv: Convention,
  roundTrips: number,
): Promise<void> {
  const port = await stage.freePort();
  const serviceNames = Object.fromEntries(rules.map(({ protocol }) => [protocol, nameOf(semconv, protocol)]));
  const config = {
    server: { enabled: true, address: `127.0.0.1:${port}` },
    logger: { stdout: true },
    sniffer: { file: capture, protocols: { rules: rules.map((rule) => ({ name: rule.protocol, ...rule })) } },
    processor: [{ name: "roundtripstotraces", config: { semconv, serviceNames } }],
    pipeline: [{ name: "traces", processors: ["roundtripstotraces"] }],
    exporter: { traces: { enabled: true, endpoint: receiver.url, batch: BATCH, interval: "100ms" } },
  };
  const path = await stage.write(`${semconv}.yaml`, JSON.stringify(config)); // which is YAML too
  const rights = ["--allow-ffi", "--allow-write", "--allow-net", "--allow-env", "--allow-sys=inspector,ca"];
  const [command, first] = packetd(...rights);
  const agent = await stage.start(`agent-${semconv}`, command, [...first, "agent", "--config", path]);
  await agent.said("server listening on");
  const state = async () =>
    (await (await fetch(`http://127.0.0.1:${port}/-/status`)).json()).exporters["exporter.traces"];
  await agent.ready(`${roundTrips} spans were exported`, async () => (await state()).exported >= roundTrips);
  const { code } = await agent.stop();
  if (code !== 0) throw new Error(`the agent ended with status ${code}`);
}

/** Compares all that is asked of spans. */
function unlike(spans: readonly ReceivedSpan[], told: readonly (Told & { readonly line: Line })[]): string[] {
  const keys = Object.keys(told[0].attributes);
  const found = spans.map((span) =>
    textOf(span.startTimeUnixNano, span.endTimeUnixNano, span.kind, span.status.code === ERROR, span.name, [
      ...keys.map((key): [string, Value | undefined] => [key, span.attributes[key]]),
      ["server", `${span.attributes["server.address"]}:${span.attributes["server.port"]}`],
      ["client", clientOf(span)],
    ])
  );
  const expected = told.map(({ line: { Request, Response }, name, failed, attributes }) => {
    const [client, server] = Request.Port > Response!.Port ? [Request, Response!] : [Response!, Request];
    const kind = server.Host === ELSEWHERE ? CLIENT : SERVER;
    return textOf(`${nanoseconds(Request.Time)}`, `${nanoseconds(Response!.Time)}`, kind, failed, name, [
      ...keys.map((key): [string, Value | undefined] => [key, attributes[key]]),
      ["server", `${server.Host}:${server.Port}`],
      ["client", `${client.Host}:${client.Port}`],
    ]);
  });
  return listsDiffer(found, expected);
}

/** The contract calls the client the peer. */
function clientOf({ attributes }: ReceivedSpan): string {
  const [host, port] = ["address", "port"].map((part) =>
    attributes[`network.peer.${part}`] ?? attributes[`client.${part}`]
  );
  return `${host}:${port}`;
}

function textOf(
  start: string,
  end: string,
  kind: number,
  failed: boolean,
  name: string,
  attributes: readonly (readonly [string, Value | undefined])[],
): string {
  return JSON.stringify({ name, start, end, kind, failed, ...Object.fromEntries(attributes) });
}

export const otlp: SystemTest = { name: "otlp", programs: { go: "golang-go", env: "coreutils" }, check };
