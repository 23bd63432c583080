/** TCP streams as HTTP sees them: disorder, repetition, loss, late starts, ends. */
import assert from "node:assert/strict";
import { ACK, ethernet, FIN, ipv4, packet, Talk, tcp } from "../tools/build.ts";
import { type Packet, replay } from "../tools/replay.ts";
import { cut, tcpPlace } from "../tools/segments.ts";

const rules = [{ protocol: "http", ports: [80], host: "" }];

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

function ok(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nX-Is: ${body}\r\n\r\n${body}`;
}

/** `/path body` of each pair: the answer names what was asked, so that a wrong pair shows. */
function pairs(packets: readonly Packet[]): string[] {
  const { lines, ledger } = replay(packets, rules);
  assert.ok(ledger.of("http").balanced(), JSON.stringify(ledger.of("http")));
  return lines.map((line) => {
    const { Request, Response } = JSON.parse(line);
    return `${Request.Path} ${Response.Header["X-Is"]?.[0]}`;
  });
}

function exchange(count: number, start = new Talk(80).handshake()): Talk {
  for (let i = 0; i < count; i++) start.client(get(`/${i}`)).server(ok(`${i}`));
  return start;
}

Deno.test("a keep-alive connection gives its pairs in order", () => {
  assert.deepEqual(pairs(exchange(3).fin(0).fin(1).packets), ["/0 0", "/1 1", "/2 2"]);
});

Deno.test("sequence numbers that wrap change nothing", () => {
  const talk = new Talk(80, 40000, 0xffffffff - 60, 0xffffffff - 100).handshake();
  assert.deepEqual(pairs(exchange(4, talk).packets), ["/0 0", "/1 1", "/2 2", "/3 3"]);
});

Deno.test("two neighbours swapped anywhere change nothing", () => {
  const { packets } = exchange(4).fin(0).fin(1);
  for (let i = 0; i + 1 < packets.length; i++) {
    const swapped = [...packets];
    [swapped[i], swapped[i + 1]] = [packets[i + 1], packets[i]];
    assert.deepEqual(pairs(swapped), ["/0 0", "/1 1", "/2 2", "/3 3"], `packets ${i} and ${i + 1}`);
  }
});

Deno.test("a packet seen twice changes nothing, at once or later", () => {
  const { packets } = exchange(4).fin(0).fin(1);
  for (let i = 0; i < packets.length; i++) {
    for (const later of [1, 3]) {
      const doubled = [...packets.slice(0, i + later), packets[i], ...packets.slice(i + later)];
      assert.deepEqual(pairs(doubled), ["/0 0", "/1 1", "/2 2", "/3 3"], `packet ${i} again ${later} later`);
    }
  }
});

Deno.test("overlapping retransmissions bring only what is new", () => {
  const talk = new Talk(80).handshake().client(get("/0"));
  const [request] = talk.packets.slice(-1);
  const place = tcpPlace(request)!;
  const [head] = cut(request, place, [10]);
  const packets = [...talk.packets.slice(0, -1), head, request, head, ...talk.server(ok("0")).packets.slice(-1)];
  assert.deepEqual(pairs(packets), ["/0 0"]);
});

Deno.test("one lost packet costs at most two pairs and makes no wrong one", () => {
  const { packets } = exchange(8).fin(0).fin(1);
  const all = pairs(packets);
  for (let lost = 0; lost < packets.length; lost++) {
    const found = pairs(packets.filter((_, i) => i !== lost));
    for (const pair of found) assert.ok(all.includes(pair), `without packet ${lost}: ${pair}`);
    assert.ok(found.length >= all.length - 2, `without packet ${lost}: ${found}`);
  }
});

Deno.test("a capture that begins anywhere gives only right pairs, and soon", () => {
  const { packets } = exchange(8).fin(0).fin(1);
  const all = pairs(packets);
  for (let first = 1; first < packets.length; first++) {
    const found = pairs(packets.slice(first));
    for (const pair of found) assert.ok(all.includes(pair), `from packet ${first}: ${pair}`);
    const complete = Math.floor((packets.length - first - 2) / 2);
    assert.ok(found.length >= Math.min(8, complete) - 1, `from packet ${first}: ${found}`);
  }
});

Deno.test("a lost answer among pipelined requests does not shift the others", () => {
  const talk = new Talk(80).handshake();
  talk.client(get("/0") + get("/1") + get("/2")).server(ok("0")).server(ok("1")).server(ok("2"));
  talk.client(get("/3")).server(ok("3")).client(get("/4")).server(ok("4"));
  const without = talk.packets.filter((_, i) => i !== 5); // the answer "1"
  const found = pairs(without);
  for (const pair of found) assert.equal(pair[1], pair[3], pair);
  assert.ok(found.includes("/0 0") && found.includes("/4 4"), String(found));
});

Deno.test("a new connection on the same ports begins anew", () => {
  const first = exchange(2).packets; // never closed
  const second = exchange(2, new Talk(80, 40000, 77, 99).handshake()).packets;
  assert.deepEqual(pairs([...first, ...second]), ["/0 0", "/1 1", "/0 0", "/1 1"]);
});

Deno.test("an answer that reads until the close ends with FIN, and its time is that of its last byte", () => {
  const talk = new Talk(80).handshake().client(get("/0")).server("HTTP/1.0 200 OK\r\nX-Is: 0\r\n\r\nabc").server("def");
  talk.pause(500).fin(1).fin(0);
  const { lines } = replay(talk.packets, rules);
  const { Response, Duration } = JSON.parse(lines[0]);
  assert.equal(Response.Size, 6);
  assert.equal(Duration, "2ms");
});

Deno.test("data in a SYN (RFC 7413) is read", () => {
  const request = get("/0");
  const syn = packet(ethernet(ipv4(tcp(40000, 80, 1000, 0, 0x02, request), { protocol: 6 })));
  const talk = new Talk(80, 40000, 1001 + request.length, 5001).server(ok("0"));
  assert.deepEqual(pairs([syn, ...talk.packets]), ["/0 0"]);
});

Deno.test("keep-alive probes and empty segments are nothing", () => {
  const talk = new Talk(80).handshake().client(get("/0"));
  const probe = packet(ethernet(ipv4(tcp(40000, 80, 1000 + get("/0").length, 5001, 0x10, "\0"), { protocol: 6 })));
  talk.packets.push(probe);
  talk.ack(1).server(ok("0")).ack(0).client(get("/1")).server(ok("1"));
  assert.deepEqual(pairs(talk.packets), ["/0 0", "/1 1"]);
});

Deno.test("both ends on configured ports: the bytes tell who asks", () => {
  const talk = new Talk(80, 80).client(get("/0")).server(ok("0"));
  assert.deepEqual(pairs(talk.packets), ["/0 0"]);
});

Deno.test("a segment cut by the snap length is a gap of known size", () => {
  const body = "x".repeat(3000);
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: 3000\r\nX-Is: 0\r\n\r\n${body}`;
  const talk = new Talk(80).handshake().client(get("/0")).server(answer).client(get("/1")).server(ok("1"));
  const snapped = talk.packets.map((p) => ({ ...p, bytes: p.bytes.slice(0, 200) }));
  assert.deepEqual(pairs(snapped), ["/0 0", "/1 1"]);
});

Deno.test("a lost segment before the end is one gap; FINs are none", () => {
  const { packets } = exchange(4).fin(0).fin(1);
  const { ledger } = replay(packets.filter((_, i) => i !== 9), rules);
  assert.deepEqual([ledger.of("http").gaps, ledger.of("http").gapBytes], [1, get("/3").length]);
});

Deno.test("a response that came before the end which it acknowledges is no lost one", () => {
  const talk = new Talk(80).handshake().client(get("/0")).fin(0).server(ok("0")).fin(1);
  const swapped = [...talk.packets];
  [swapped[4], swapped[5]] = [talk.packets[5], talk.packets[4]];
  assert.deepEqual(pairs(swapped), ["/0 0"]);
  const reset = new Talk(80).handshake().client(get("/0")).fin(0).server(ok("0")).reset(0).packets;
  assert.deepEqual(pairs([...reset.slice(0, 4), reset[5], reset[4], reset[6]]), ["/0 0"]);
});

Deno.test("directions that wait for each other do not wait for ever", () => {
  const talk = exchange(6);
  const { packets } = talk;
  // A card that joins segments: the first request comes with the second one, and acknowledges what answered the first.
  const joined = ethernet(ipv4(
    tcp(40000, 80, 1001, 5001 + ok("0").length, ACK, get("/0") + get("/1")),
    { protocol: 6, source: [10, 0, 0, 1], destination: [10, 0, 0, 2] },
  ));
  const knot = [...packets.slice(0, 3), packet(joined, 3), packets[4], ...packets.slice(6)];
  const found = pairs([...knot, ...talk.pause(5000).client(get("/6")).server(ok("6")).packets.slice(-2)]);
  assert.deepEqual(found, ["/0 0", "/1 1", "/2 2", "/3 3", "/4 4", "/5 5", "/6 6"]);
});

Deno.test("an end that lies in the past holds nothing up", () => {
  const talk = exchange(2);
  const past = ethernet(ipv4(
    tcp(40000, 80, 900, 5001, ACK | FIN),
    { protocol: 6, source: [10, 0, 0, 1], destination: [10, 0, 0, 2] },
  ));
  const { packets } = talk.client(get("/lost")).server(ok("lost")).pause(5000).client(get("/3")).server(ok("3"))
    .pause(5000).client(get("/4")).server(ok("4"));
  const lost = packets.filter((_, i) => i !== 7);
  assert.deepEqual(pairs([...lost.slice(0, 7), packet(past, 6), ...lost.slice(7)]), ["/0 0", "/1 1", "/3 3", "/4 4"]);
});
