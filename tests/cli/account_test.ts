/** What is chosen to be printed, and the account at the end. */
import assert from "node:assert/strict";
import { parseRule, sharedPorts } from "../../src/cli/rules.ts";
import { type Choice, Selection } from "../../src/cli/selection.ts";
import { whySilent } from "../../src/cli/silence.ts";
import { type SummaryFacts, summaryText } from "../../src/cli/summary.ts";
import { TimeLimit } from "../../src/cli/time_limit.ts";
import { Ledger } from "../../src/core/ledger.ts";
import type { RoundTripSink } from "../../src/core/roundtrip.ts";
import { Lane } from "../../src/lane/lane.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { compileExpression } from "../../src/query/mod.ts";
import { Talk } from "../tools/build.ts";
import type { Packet } from "../tools/replay.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }];
const asked = { rules, file: "x.pcap", filter: "", slowNs: 0, errorsOnly: false, unanswered: false, where: "" };

function laneOf(packets: readonly Packet[], sink: RoundTripSink): Lane {
  const lane = new Lane(rules, sink);
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  lane.close();
  return lane;
}

const nowhere: RoundTripSink = { roundTrip: () => {}, unanswered: () => {} };
const request = (path: string) => `GET ${path} HTTP/1.1\r\n\r\n`;
const response = (status: number) => `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`;

/** Quick and fine, quick and failed, slow and fine, never answered. */
const talk = new Talk(80).handshake()
  .client(request("/fine")).server(response(200))
  .client(request("/failed")).server(response(500))
  .client(request("/slow")).pause(500).server(response(200))
  .client(request("/never"));

function chosenPaths(choice: Partial<Choice>): string[] {
  const paths: string[] = [];
  const add: RoundTripSink["roundTrip"] = (rt) => paths.push(rt.protocol.asked(rt, { showSecrets: true }).slice(4));
  const all: Choice = { errorsOnly: false, slowNs: 0, unanswered: false, count: Infinity, ...choice };
  laneOf(talk.packets, new Selection(all, [{ roundTrip: add, unanswered: add }], () => {}));
  return paths;
}

Deno.test("--slow, --errors, --unanswered and --count choose what is printed", () => {
  assert.deepEqual(chosenPaths({}), ["/fine", "/failed", "/slow"]);
  assert.deepEqual(chosenPaths({ errorsOnly: true }), ["/failed"]);
  assert.deepEqual(chosenPaths({ slowNs: 200e6 }), ["/slow"]);
  assert.deepEqual(chosenPaths({ slowNs: 200e6, errorsOnly: true }), []);
  assert.deepEqual(chosenPaths({ unanswered: true, errorsOnly: true }), ["/failed", "/never"]);
  assert.deepEqual(chosenPaths({ count: 2, unanswered: true }), ["/fine", "/failed"]);
});

Deno.test("--where chooses too, among requests without an answer where they are wanted", () => {
  const where = (text: string, more: Partial<Choice> = {}) =>
    chosenPaths({ ...more, where: compileExpression(text, protocols) });
  assert.deepEqual(where("status = 200"), ["/fine", "/slow"]);
  assert.deepEqual(where("status = 200", { slowNs: 200e6 }), ["/slow"]);
  assert.deepEqual(where("not status = 200"), ["/failed"]);
  assert.deepEqual(where("not status = 200", { unanswered: true }), ["/failed", "/never"]);
  assert.deepEqual(where("not answered"), []);
});

Deno.test("--where finds its text where nothing is printed", () => {
  const where = compileExpression("path = /slow", protocols);
  const choice = { errorsOnly: false, slowNs: 0, unanswered: false, count: Infinity, where };
  const selection = new Selection(choice, [], () => {});
  laneOf(talk.packets, selection);
  assert.equal(selection.chosen, 1);
});

Deno.test("reaching --count is told once", () => {
  let full = 0;
  const choice = { errorsOnly: false, slowNs: 0, unanswered: true, count: 2 };
  const selection = new Selection(choice, [nowhere], () => full++);
  laneOf(talk.packets, selection);
  assert.equal(full, 1);
  assert.equal(selection.chosen, 2);
});

Deno.test("--duration on a file goes by the packets' time", () => {
  let passed = 0, ended = 0;
  const limit = new TimeLimit({ packet: () => passed++ }, 5e6, () => ended++);
  for (const { bytes, sec, nsec } of talk.packets) limit.packet(bytes, 0, bytes.length, bytes.length, sec, nsec, 1);
  assert.equal(passed, 6, "0 to 5 milliseconds");
  assert.ok(ended > 0);
});

function summary(ledger: Ledger, facts: Partial<SummaryFacts> = {}): string {
  return summaryText({ ledger, sources: [], rejected: 0, chosen: 0, lostLines: 0, silence: [], ...facts });
}

Deno.test("the summary tells what was seen and what became of it", () => {
  const ledger = laneOf(talk.packets, nowhere).ledger;
  assert.match(
    summary(ledger, { chosen: 3 }),
    /^10 packets \(\d+ bytes\), 10 on configured ports, 1 flow, 3 round trips chosen\n {2}http: 4 requests, 3 paired, 1 unanswered\n {4}coverage 75 %\n$/,
  );
});

Deno.test("whatever was lost stands in the summary with its reason, harmless for a terminal", () => {
  const ledger = new Ledger();
  const http = ledger.of("http");
  Object.assign(http, { requests: 9, paired: 2, unanswered: 1, oneWay: 1, evicted: 2, lost: 3, responsesAlone: 4 });
  Object.assign(http, { flows: 3, midStreamFlows: 2, gaps: 1, gapBytes: 1000, skippedBytes: 7, clockBackwards: 1 });
  http.reasons.add("a\x1b[2Jb", 5);
  ledger.undecoded.add("link type 147", 12);
  ledger.flowReasons.add("port 80 speaks TLS, not HTTP", 2);
  Object.assign(ledger, { retransmitted: 6, reordered: 5, flowsEvicted: 8, flowsShed: 9 });
  const text = summary(ledger, {
    sources: [{ name: "lo", stats: { packets: 1, dropped: 77, notes: [] } }],
    rejected: 40,
    lostLines: 3,
    silence: ["because"],
  });
  for (
    const line of [
      "  http: 9 requests, 2 paired, 1 unanswered, 1 one-way, 2 evicted, 3 lost to gaps, 4 responses alone, " +
      "1 with the clock running backwards",
      "    coverage 16.6 %, 2 of 3 flows joined mid-stream, 1 gap (1000 bytes missing), 7 bytes skipped",
      "    not understood: a\\x1b[2Jb (5)",
      "  TCP segments: 6 retransmitted, 5 put in order",
      "  packets not followed: link type 147 (12)",
      "  flows not decoded: port 80 speaks TLS, not HTTP (2)",
      "  flows given up because too many were open: 8",
      "  flows given up because all together held too much memory: 9",
      "  packets kept back by --filter: 40",
      "  packets dropped by the kernel on lo: 77",
      "  lines lost because their reader was too slow or the disk failed: 3",
      "  nothing to print: because",
    ]
  ) assert.ok(text.split("\n").includes(line), `${line}\n in \n${text}`);
});

Deno.test("when nothing is printed the summary says why", () => {
  const why = (packets: readonly Packet[], more: Partial<typeof asked> = {}) =>
    whySilent(laneOf(packets, nowhere).ledger, 0, { ...asked, ...more }).join("\n");
  const segments = talk.packets.slice(3);
  assert.match(why([]), /the capture holds no packets/);
  assert.match(why([], { file: "" }), /no packet of http \(port 80\) came by/);
  assert.match(whySilent(new Ledger(), 4, { ...asked, filter: "arp" })[0], /none of 4 packets passes --filter 'arp'/);
  assert.match(why(new Talk(81).handshake().packets), /none of 3 packets matched http \(port 80\).*--proto/);
  assert.match(why(segments.filter((_, i) => i % 2 === 0)), /only requests were seen.*one direction.*--unanswered/);
  assert.match(
    why(segments.filter((_, i) => i % 2 === 1)),
    /only responses were seen.*began mid-stream.*one direction/,
  );
  assert.match(
    why(talk.packets, { errorsOnly: true, slowNs: 1e9 }),
    /none of 3 round trips reports an error and took 1s/,
  );
  assert.match(
    why(talk.packets, { where: "dns" }),
    /none of 3 round trips is what --where 'dns' wants; --unanswered also asks it of 1 request without an answer/,
  );
  assert.match(why(talk.packets, { where: "dns", unanswered: true }), /none of 4 round trips .* wants$/);
  const hello = new Uint8Array([0x16, 3, 1, 0, 40, 1, 0, 0, 36, 3, 3]); // a TLS ClientHello (RFC 8446, 4.1.2)
  assert.match(why(new Talk(80).handshake().client(hello).packets), /port 80 speaks TLS, not HTTP \(1 flow\)/);
  assert.match(why(new Talk(80).handshake().packets), /no request and no response was recognised/);
});

Deno.test("ports that several protocols claim are told", () => {
  const dns = { protocol: "dns", ports: [80], host: "" };
  assert.deepEqual(sharedPorts([...rules, { ...rules[0], host: "10.0.0.1" }]), []);
  assert.deepEqual(sharedPorts([...rules, dns]), [
    "tcp port 80 is in the rules of http and dns: the first bytes of each connection decide",
  ]);
});

Deno.test("a summary without round trips says what was encrypted, spoken otherwise, or not recognised", () => {
  const ledger = new Ledger();
  Object.assign(ledger, { packets: 9, matched: 9 });
  ledger.flowReasons.add("port 80 speaks TLS, not HTTP", 2);
  ledger.flowReasons.add("port 81 speaks Redis, not HTTP");
  assert.deepEqual(whySilent(ledger, 0, asked), [
    "port 80 speaks TLS, not HTTP (2 flows)",
    "port 81 speaks Redis, not HTTP (1 flow)",
    "2 flows encrypted with TLS, which is not decrypted",
  ]);
  Object.assign(ledger.of("mysql"), { flows: 2, midStreamFlows: 2 });
  assert.equal(whySilent(ledger, 0, asked).at(-1), "all 2 flows had begun before the capture did");
  const everywhere = { ...asked, rules: parseRule("auto"), file: "" };
  assert.deepEqual(whySilent(new Ledger(), 0, everywhere), ["no packet of auto (any port) came by"]);
});
