/** gRPC calls (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md), and what tells them from other streams. */
import assert from "node:assert/strict";
import type { RoundTrip } from "../../../src/core/roundtrip.ts";
import type { RoundTripSink } from "../../../src/core/roundtrip.ts";
import { Lane } from "../../../src/lane/lane.ts";
import type { Stream } from "../../../src/protocols/_h2/stream.ts";
import { statusName } from "../../../src/core/grpc_status.ts";
import { MessageCounter, messageText, timeoutMs } from "../../../src/protocols/grpc/messages.ts";
import { grpc } from "../../../src/protocols/grpc/mod.ts";
import { bytesOf, concat, Talk } from "../../tools/build.ts";
import { type Packet, replay } from "../../tools/replay.ts";
import { byteByByte } from "../../tools/segments.ts";
import {
  block,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  PREFACE,
  request,
  response,
  settings,
  u32,
} from "../_h2/frames.ts";

const rule = (protocol: string) => ({ protocol, ports: [50051], host: "" });
const rules = [rule("grpc")];

// deno-lint-ignore no-explicit-any -- what JSON.parse gives
type Line = any;

function started(): Talk {
  return new Talk(50051).handshake().client(concat(bytesOf(PREFACE), settings())).server(settings());
}

/** Compressed-Flag, Message-Length, Message */
function message(text: string, flag = 0): Uint8Array {
  return concat(Uint8Array.of(flag), u32(bytesOf(text).length), bytesOf(text));
}

const callFields = { "content-type": "application/grpc", te: "trailers" };

function call(stream: number, path: string, fields: Record<string, string> = {}, body = message("ask")): Uint8Array {
  return concat(
    request(stream, path, { method: "POST", ends: false, fields: { ...callFields, ...fields } }),
    data(stream, body),
  );
}

function trailers(stream: number, fields: Record<string, string>): Uint8Array {
  return frame(1, END_HEADERS | END_STREAM, stream, block(fields));
}

const answerHeaders = (stream: number) => response(stream, { fields: { "content-type": "application/grpc" } });

function answer(stream: number, body: Uint8Array, fields: Record<string, string> = { "grpc-status": "0" }): Uint8Array {
  return concat(answerHeaders(stream), data(stream, body, false), trailers(stream, fields));
}

function talked(build: (talk: Talk) => Talk): Line[] {
  const { packets } = build(started());
  const { lines, ledger } = replay(packets, rules);
  assert.ok(ledger.of("grpc").balanced());
  assert.deepEqual(replay(byteByByte(packets), rules).lines, lines, "byte by byte");
  return lines.map((line) => JSON.parse(line));
}

/** The round trips themselves, each given to `read` while it may be. */
function eachOf<T>(packets: Packet[], read: (roundTrip: RoundTrip<Stream>) => T): T[] {
  const found: T[] = [];
  const sink: RoundTripSink = {
    roundTrip: (roundTrip) => void found.push(read(roundTrip as RoundTrip<Stream>)),
    unanswered: () => {},
  };
  const lane = new Lane(rules, sink);
  for (const { bytes, wireLength, sec, nsec, linkType } of packets) {
    lane.packet(bytes, 0, bytes.length, wireLength, sec, nsec, linkType);
  }
  lane.close();
  return found;
}

Deno.test("a call prints as the contract has it", () => {
  const { lines } = replay(
    started().client(call(1, "/pb.Benchmark/Size", { "x-b": "2", "x-a": "1" }))
      .server(answer(1, message("hello"), { "grpc-status": "0", "grpc-message": "fine" })).packets,
    rules,
  );
  assert.deepEqual(lines, [
    '{"Request":{"StreamID":1,"Host":"10.0.0.1","Port":40000,"Proto":"gRPC","Service":"pb.Benchmark.Size",' +
    '"Scheme":"http","Target":"lab","Metadata":{"Content-Type":["application/grpc"],"Te":["trailers"],"X-A":["1"],' +
    '"X-B":["2"]},"Size":8,"Time":"2023-11-14T22:13:20.005Z"},"Response":{"StreamID":1,"Host":"10.0.0.2","Port":50051,' +
    '"Proto":"gRPC","Status":"200","GrpcStatus":"0","GrpcMessage":"fine","Metadata":{"Content-Type":["application/grpc"]},' +
    '"Size":10,"Time":"2023-11-14T22:13:20.006Z"},"Duration":"1ms"}',
  ]);
});

Deno.test("the status is the trailers', which may be all there is, and may lack a message", () => {
  const trailersOnly = response(3, {
    ends: true,
    fields: { "content-type": "application/grpc", "grpc-status": "5", "grpc-message": "no %C3%A4 %zz" },
  });
  const lines = talked((talk) =>
    talk.client(concat(call(1, "/a/B"), call(3, "/a/B"), call(5, "/a/B"), call(7, "/a/B")))
      .server(answer(1, message("x"))).server(trailersOnly)
      .server(answer(5, new Uint8Array(0), { "grpc-status": "13", "grpc-message": "" }))
      .server(concat(response(7, { status: "503" }), data(7, "no healthy upstream")))
  );
  const seen = lines.map(({ Response: r }) => [r.Status, r.GrpcStatus, r.GrpcMessage, r.Size]);
  assert.deepEqual(seen, [["200", "0", "", 6], ["200", "5", "no ä %zz", 0], ["200", "13", "", 0], ["503", "", "", 19]]);
});

Deno.test("all streaming kinds are one round trip a stream; the span counts messages and names the real status", () => {
  const { packets } = started().client(concat(
    request(1, "/lab.Echo/Bidi", { method: "POST", ends: false, fields: { ...callFields, "grpc-timeout": "1500m" } }),
    data(1, message("one"), false),
  )).server(concat(answerHeaders(1), data(1, message("z", 1), false))).client(
    data(1, message("two").subarray(0, 3), false),
  )
    .client(data(1, concat(message("two").subarray(3), message("", 1)), true))
    .server(
      concat(data(1, concat(message("a"), message("b".repeat(300))), false), trailers(1, { "grpc-status": "14" })),
    );
  const [facts] = eachOf(packets, (roundTrip) => grpc.span(roundTrip, { showSecrets: false }));
  const attributes = Object.fromEntries(facts.attributes);
  assert.equal(facts.name, "lab.Echo.Bidi");
  assert.deepEqual(
    [
      attributes["rpc.system"],
      attributes["rpc.service"],
      attributes["rpc.method"],
      attributes["rpc.grpc.status_code"],
      attributes["rpc.grpc.timeout_ms"],
    ],
    ["grpc", "lab.Echo.Bidi", "Bidi", "14", { double: 1500 }],
  );
  assert.deepEqual(
    [
      attributes["rpc.request.messages"],
      attributes["rpc.request.compressed_messages"],
      attributes["rpc.response.messages"],
      attributes["rpc.response.compressed_messages"],
    ],
    [3, 1, 3, 1],
  );
  assert.deepEqual(eachOf(packets, (r) => [grpc.asked(r, { showSecrets: false }), grpc.result(r), grpc.failed(r)]), [
    ["lab.Echo.Bidi", "UNAVAILABLE", true],
  ]);
  assert.deepEqual(
    eachOf(packets, (r) => Object.values(grpc.labels).map(({ name, read }) => [name, read(r)])),
    [[["endpoint", "lab.Echo/Bidi"], ["service", "lab.Echo.Bidi"], ["status_code", "200"], ["grpc_status", "14"]]],
  );
});

Deno.test("each call is reported once, as gRPC, and other streams only where they are asked for", () => {
  const { packets } = started()
    .client(concat(call(1, "/a/B"), request(3, "/plain"), call(5, "/a/C", { "content-type": "application/grpc+json" })))
    .client(
      concat(
        call(7, "/form", { "content-type": "application/grpcx" }),
        call(9, "/a/D", { "content-type": "application/grpc-web" }),
      ),
    )
    .server(
      concat(answer(1, message("x")), response(3, { ends: true }), answer(5, message("x")), answer(7, message("x"))),
    )
    .server(
      concat(response(9), data(9, concat(message("x"), message("grpc-status: 3\r\ngrpc-message:a%20b\r\n", 0x80)))),
    );
  const protocols = (...names: string[]) => {
    const { lines, ledger } = replay(packets, names.map(rule));
    assert.deepEqual(replay(packets, names.toReversed().map(rule)).lines, lines);
    for (const account of ledger.protocols.values()) assert.equal(account.requests, account.paired);
    return lines.map((line): Line => JSON.parse(line)).map(({ Request }) => `${Request.StreamID} ${Request.Proto}`);
  };
  assert.deepEqual(protocols("grpc"), ["1 gRPC", "5 gRPC", "9 gRPC"]);
  assert.deepEqual(protocols("http2"), [1, 3, 5, 7, 9].map((id) => `${id} HTTP/2`));
  assert.deepEqual(protocols("http2", "grpc"), ["1 gRPC", "3 HTTP/2", "5 gRPC", "7 HTTP/2", "9 gRPC"]);
  const web = JSON.parse(replay(packets, rules).lines[2]);
  assert.deepEqual([web.Response.GrpcStatus, web.Response.GrpcMessage], ["3", "a b"]);
});

Deno.test("each protocol has its own account", () => {
  const { packets } = started().client(
    concat(call(1, "/a/B"), request(3, "/plain"), call(5, "/a/C"), request(7, "/never")),
  )
    .server(concat(answer(1, message("x")), response(3, { ends: true })));
  const { ledger } = replay(packets, [rule("http2"), rule("grpc")]);
  for (const name of ["http2", "grpc"]) {
    const { requests, paired, unanswered } = ledger.of(name);
    assert.deepEqual([requests, paired, unanswered], [2, 1, 1], name);
  }
});

Deno.test("calls whose content type was named before the capture began are told by their messages", () => {
  const unknownType = frame(
    1,
    END_HEADERS,
    11,
    concat(block({ ":method": "POST", ":path": "/a/B" }), Uint8Array.of(0xbe)),
  );
  const open = (body: Uint8Array | string) => new Talk(50051).client(concat(unknownType, data(11, body)));
  const closing = frame(1, END_HEADERS | END_STREAM, 11, Uint8Array.of(0xbf, 0xc0));
  const answered = (talk: Talk, body: Uint8Array | string) =>
    talk.server(concat(frame(1, END_HEADERS, 11, Uint8Array.of(0x88, 0xbe)), data(11, body, false), closing)).packets;
  const [line] = replay(answered(open(message("ask")), concat(message("a"), message("b"))), rules).lines;
  const { Request, Response } = JSON.parse(line);
  assert.deepEqual([Request.Service, Response.Status, Response.GrpcStatus], ["a.B", "200", "<unknown>"]);
  for (const [asked, told] of [["{}", message("a")], [message("ask"), "{}"], ["", ""]]) {
    assert.deepEqual(replay(answered(open(asked), told), rules).lines, []);
    const [plain] = replay(answered(open(asked), told), [rule("http2"), rule("grpc")]).lines;
    assert.equal(JSON.parse(plain).Request.Proto, "HTTP/2");
  }
});

Deno.test("metadata secrets are masked", () => {
  const [line] = talked((talk) =>
    talk.client(call(1, "/a/B", { authorization: "Bearer x", "x-api-key": "k" })).server(answer(1, message("x")))
  );
  assert.deepEqual([line.Request.Metadata.Authorization, line.Request.Metadata["X-Api-Key"]], [["***"], ["***"]]);
});

Deno.test("messages are counted wherever their bytes are cut, and lost bytes inside of one do no harm", () => {
  const bytes = concat(message("hello"), message("", 1), message("x".repeat(100)), message("grpc-status:0", 0x80));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const counter = new MessageCounter();
    counter.take(bytes, 0, cut);
    counter.take(bytes, cut, bytes.length);
    assert.deepEqual([counter.messages, counter.compressed, counter.trailer], [3, 1, "grpc-status:0"]);
    assert.ok(counter.isWhole);
  }
  const counter = new MessageCounter();
  counter.take(bytes, 0, 30);
  counter.skip(60);
  counter.take(bytes, 90, bytes.length);
  assert.equal(counter.messages, 3);
  counter.skip(1);
  assert.ok(counter.broken);
});

Deno.test("codes, messages and timeouts", () => {
  assert.deepEqual(["0", "16", "17", "-1", "x"].map(statusName), ["OK", "UNAUTHENTICATED", "17", "-1", "x"]);
  assert.deepEqual(["", "a%20b", "%E2%82%AC", "%", "100%25", "%e2%82"].map(messageText), [
    "",
    "a b",
    "€",
    "%",
    "100%",
    "\ufffd",
  ]);
  assert.deepEqual(["1H", "2M", "3S", "4m", "5000u", "6000000n"].map(timeoutMs), [3600e3, 120e3, 3e3, 4, 5, 6]);
  assert.deepEqual([undefined, "", "1", "123456789S", "1d"].map(timeoutMs), Array(5).fill(undefined));
});
