/**
 * An agent under packets without any meaning: it stays alive, holds no more than it may, and decodes a good conversation
 * afterwards. `PACKETD_JUNK_SECONDS=60` makes it a minute.
 */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { protocols } from "../../src/protocols/mod.ts";
import { testWhere, withoutCapture } from "../capture/support.ts";
import { ACK, ethernet, FIN, ipv4, packet, RST, SYN, Talk, tcp, udp } from "../tools/build.ts";
import { PcapWriter } from "../tools/pcap_writer.ts";
import { seeded } from "../tools/random.ts";
import type { Packet } from "../tools/replay.ts";
import { AgentProcess, freePort, Load, until, webConfig, WebServer } from "./support.ts";

const SECONDS = Number(Deno.env.get("PACKETD_JUNK_SECONDS") ?? 4);
/** What resident memory may grow by once all kinds of junk were seen. */
const GROWTH_BYTES = 96 * 1024 * 1024;
const PACKETS_A_SECOND = 50_000;
/** Beginnings that decoders take for their own. */
const BAITS = [
  "GET / HTTP/1.1\r\n",
  "*3\r\n$3\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "AMQP\0\0\x09\x01",
  "\0\0\0\x08\0\x03\0\0",
];

const random = seeded(1);
const pick = (count: number) => Math.trunc(random() * count);

function junk(): Uint8Array {
  const bytes = Uint8Array.from({ length: pick(random() < 0.1 ? 1400 : 120) }, () => pick(256));
  if (random() < 0.3) bytes.set(new TextEncoder().encode(BAITS[pick(BAITS.length)]).subarray(0, bytes.length));
  return bytes;
}

/** Segments and datagrams on the protocols' ports between few hosts, so that they hit open flows; and frames of noise. */
function junkPacket(ports: readonly number[]): Packet {
  const kind = random();
  if (kind < 0.1) return packet(junk());
  const server = ports[pick(ports.length)], client = 40_000 + pick(200);
  const [from, to] = random() < 0.5 ? [client, server] : [server, client];
  const source = [10, 0, 0, from === client ? 1 : 2], destination = [10, 0, 0, from === client ? 2 : 1];
  if (kind < 0.3) return packet(ethernet(ipv4(udp(from, to, junk()), { protocol: 17, source, destination })));
  const flags = random() < 0.9 ? ACK : [SYN, SYN | ACK, FIN | ACK, RST, pick(64)][pick(5)];
  const segment = tcp(from, to, pick(5000), pick(5000), flags, junk());
  const fragment = random() < 0.02 ? 0x2000 | pick(100) : 0;
  return packet(ethernet(ipv4(segment, { protocol: 6, source, destination, fragment, id: pick(100) })));
}

async function assertWell(agent: AgentProcess): Promise<void> {
  const metrics = await agent.get("/metrics");
  assert.match(metrics, /packetd_panic_total 0\n/, agent.said);
  assert.match(metrics, /packetd_held_bytes\{for="reassembly"\} \d+\n/);
  assert.match(metrics, /packetd_flows_shed_total \d+\n/);
  const { heldBytes } = await agent.status();
  const { limit, ...held } = heldBytes;
  const total = Object.values<number>(held).reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(total <= limit, JSON.stringify(heldBytes));
}

async function resident(agent: AgentProcess): Promise<number> {
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(await agent.get("/metrics"))![1]);
}

Deno.test("a file of junk, and a good conversation at its end", async () => {
  const ports = protocols.flatMap((protocol) => protocol.ports);
  await using agent = await AgentProcess.start((port, folder) => {
    const file = Deno.openSync(`${folder}/junk.pcap`, { write: true, create: true });
    const writer = new PcapWriter((bytes) => file.writeSync(bytes), 1);
    const count = SECONDS * PACKETS_A_SECOND;
    for (let i = 0; i < count; i++) {
      writer.packet(junkPacket(ports).bytes, 1_700_000_000 + Math.trunc(i / 1000), i % 1000 * 1e6);
    }
    const { packets } = new Talk(80, 50_000).handshake().client("GET /good HTTP/1.1\r\nHost: h\r\n\r\n")
      .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").fin(0).fin(1);
    packets.forEach(({ bytes }, i) => writer.packet(bytes, 1_700_000_000 + count, i * 1e6));
    writer.end();
    file.close();
    const rules = protocols.map(({ name, ports }) => `  - {protocol: ${name}, ports: [${ports.join(", ")}]}`);
    return `
server: {enabled: true, address: "127.0.0.1:${port}"}
logger.stdout: true
sniffer: {file: "${folder}/junk.pcap", maxMemory: 32}
sniffer.protocols.rules:
${rules.join("\n")}
exporter.roundtrips: {enabled: true, filename: "lines.log"}
`;
  });
  const lines = await until("the good one is written", () => {
    const text = Deno.readTextFileSync(`${agent.folder}/lines.log`);
    return text.includes('"Path":"/good"') ? text : undefined;
  });
  for (const line of lines.trimEnd().split("\n")) JSON.parse(line);
  await assertWell(agent);
});

/** Answers every protocol's port, so to speak: what comes is answered with junk. */
async function junkServer(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.on("data", () => socket.write(junk()));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

testWhere(withoutCapture, "junk on loopback, and a good conversation afterwards", async () => {
  const web = await WebServer.open();
  const servers = await Promise.all(protocols.map(junkServer));
  const dnsPort = await freePort();
  await using agent = await AgentProcess.start((port) =>
    webConfig(
      port,
      web.port,
      "sniffer.maxMemory: 32",
    ).replace(
      "processor:",
      [
        ...protocols.map(({ name }, i) => `  - {protocol: ${name}, ports: [${servers[i].port}]}`),
        `  - {protocol: dns, ports: [${dnsPort}]}`,
        "processor:",
      ].join("\n"),
    )
  );
  const udpSocket = createSocket("udp4");
  const started = performance.now();
  let warm = 0;
  while (performance.now() - started < SECONDS * 1000) {
    await Promise.all(servers.map(async ({ port }) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      for (let i = pick(8); i >= 0; i--) socket.write(junk());
      await new Promise((resolve) => setTimeout(resolve, pick(20)));
      if (random() < 0.5) socket.destroy();
      else socket.end();
    }));
    for (let i = 0; i < 50; i++) udpSocket.send(junk(), dnsPort, "127.0.0.1");
    if (warm === 0 && performance.now() - started > SECONDS * 500) warm = await resident(agent);
  }
  udpSocket.close();
  servers.forEach((server) => server.close());
  await assertWell(agent);
  const grown = await resident(agent) - warm;
  assert.ok(grown < GROWTH_BYTES, `resident memory grew by ${grown} bytes`);
  const load = new Load(web.port, 500);
  await until("some are answered", () => load.answered > 100 || undefined);
  await load.stop();
  await web.close();
  await until("all are counted", async () => await agent.count("http_requests_total") >= load.answered || undefined);
});
