/** HPACK: the examples of RFC 7541, sequences recorded from two encoders, and what must be refused. */
import assert from "node:assert/strict";
import { HeaderBlock, UNKNOWN } from "../../../src/protocols/_h2/header_block.ts";
import { HpackDecoder } from "../../../src/protocols/_h2/hpack.ts";
import { decodeHuffman } from "../../../src/protocols/_h2/huffman.ts";
import { USUAL_TABLE_BYTES } from "../../../src/protocols/_h2/table.ts";

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replaceAll(/\s/g, "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** All fields of a block in order, pseudo-header fields first: names and values in turns. */
function decoded(decoder: HpackDecoder, wire: string): string[] | undefined {
  const block = new HeaderBlock();
  const bytes = hex("ff" + wire + "ff"); // what lies beside the block must not matter
  if (!decoder.decode(bytes, 1, bytes.length - 1, block)) return undefined;
  const pseudo = [
    [":method", block.method],
    [":scheme", block.scheme],
    [":authority", block.authority],
    [":path", block.path],
    [":status", block.status],
  ];
  return [...pseudo.filter(([, value]) => value !== "").flat(), ...block.fields(0)];
}

/** The same fields with the pseudo-header fields in the order of {@link decoded}. */
function ordered(fields: string[]): string[] {
  const order = [":method", ":scheme", ":authority", ":path", ":status"];
  const pairs = Array.from({ length: fields.length / 2 }, (_, i) => [fields[2 * i], fields[2 * i + 1]]);
  const pseudo = pairs.filter(([name]) => order.includes(name));
  pseudo.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return [...pseudo, ...pairs.filter(([name]) => !order.includes(name))].flat();
}

function table(decoder: HpackDecoder): string[] {
  return Array.from({ length: decoder.table.length }, (_, i) => `${decoder.table.name(i)}: ${decoder.table.value(i)}`);
}

Deno.test("RFC 7541, C.2: each representation", () => {
  const literal = new HpackDecoder(true);
  assert.deepEqual(decoded(literal, "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"), [
    "custom-key",
    "custom-header",
  ]);
  assert.deepEqual(table(literal), ["custom-key: custom-header"]);
  const plain = new HpackDecoder(true);
  assert.deepEqual(decoded(plain, "040c 2f73 616d 706c 652f 7061 7468"), [":path", "/sample/path"]);
  assert.deepEqual(decoded(plain, "1008 7061 7373 776f 7264 0673 6563 7265 74"), ["password", "secret"]);
  assert.deepEqual(decoded(plain, "82"), [":method", "GET"]);
  assert.deepEqual(table(plain), []);
});

const requests = [
  [":method", "GET", ":scheme", "http", ":authority", "www.example.com", ":path", "/"],
  [":method", "GET", ":scheme", "http", ":authority", "www.example.com", ":path", "/", "cache-control", "no-cache"],
  [":method", "GET", ":scheme", "https", ":authority", "www.example.com", ":path", "/index.html"].concat([
    "custom-key",
    "custom-value",
  ]),
];

for (
  const [name, blocks] of [
    ["C.3: requests without Huffman code", [
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ]],
    ["C.4: requests with Huffman code", [
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ]],
  ] as const
) {
  Deno.test(`RFC 7541, ${name}`, () => {
    const decoder = new HpackDecoder(true);
    blocks.forEach((wire, i) => assert.deepEqual(decoded(decoder, wire), requests[i]));
    assert.deepEqual(table(decoder), [
      "custom-key: custom-value",
      "cache-control: no-cache",
      ":authority: www.example.com",
    ]);
  });
}

const common = (date: string) => ["cache-control", "private", "date", date, "location", "https://www.example.com"];
const [first, second] = ["Mon, 21 Oct 2013 20:13:21 GMT", "Mon, 21 Oct 2013 20:13:22 GMT"];
const cookie = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
const responses = [
  [":status", "302", ...common(first)],
  [":status", "307", ...common(first)],
  [":status", "200", ...common(second), "content-encoding", "gzip", "set-cookie", cookie],
];

for (
  const [name, blocks] of [
    ["C.5: responses without Huffman code, evictions", [
      "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d" +
      "546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "4803 3330 37c1 c0bf",
      "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f" +
      "6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b" +
      "2076 6572 7369 6f6e 3d31",
    ]],
    ["C.6: responses with Huffman code, evictions", [
      "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7" +
      "8f0b 97c8 e9ae 82ae 43d3",
      "4883 640e ffc1 c0bf",
      "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335" +
      "dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
    ]],
  ] as const
) {
  Deno.test(`RFC 7541, ${name}`, () => {
    const decoder = new HpackDecoder(true);
    decoder.table.resize(256); // as the section sets it
    blocks.forEach((wire, i) => assert.deepEqual(decoded(decoder, wire), responses[i]));
    assert.deepEqual(table(decoder), [`set-cookie: ${cookie}`, "content-encoding: gzip", `date: ${second}`]);
  });
}

interface Sequence {
  readonly encoder: string;
  /** Wire bytes in hexadecimal, and names and values in turns, one character a byte. */
  readonly blocks: readonly (readonly [wire: string, fields: string[]])[];
}

const vectors = new URL("vectors/", import.meta.url);
for (const name of ["nghttp2", "go"]) {
  const lines = Deno.readTextFileSync(new URL(`${name}.jsonl`, vectors)).trimEnd().split("\n");
  const sequences = lines.map((line): Sequence => JSON.parse(line));
  Deno.test(`sequences recorded from ${name}, with tables resized`, () => {
    assert.ok(sequences.length >= 15);
    for (const { encoder, blocks } of sequences) {
      const decoder = new HpackDecoder(true);
      for (const [wire, fields] of blocks) {
        // A pseudo-header field without a value is not told from none.
        assert.deepEqual(decoded(decoder, wire), ordered(fields), encoder);
      }
    }
  });

  Deno.test(`sequences of ${name} joined late: what is known is right, the rest says so`, () => {
    for (const { encoder, blocks } of sequences) {
      for (let from = 1; from < blocks.length; from++) {
        const decoder = new HpackDecoder(false);
        for (const [wire, fields] of blocks.slice(from)) assertPartOf(decoded(decoder, wire), fields, encoder);
      }
    }
  });

  Deno.test(`sequences of ${name} with a block missing: the table heals`, () => {
    for (const { encoder, blocks } of sequences) {
      for (let gap = 1; gap < blocks.length - 1; gap++) {
        const decoder = new HpackDecoder(true);
        for (const [wire] of blocks.slice(0, gap)) decoded(decoder, wire);
        decoder.table.lose();
        for (const [wire, fields] of blocks.slice(gap + 1)) assertPartOf(decoded(decoder, wire), fields, encoder);
      }
    }
  });
}

/** Every field that is found is one that was sent, as often at most, and the unknown ones make up the number. */
function assertPartOf(found: string[] | undefined, sent: string[], encoder: string): void {
  assert.ok(found !== undefined, encoder);
  assert.equal(found.length, sent.length, encoder);
  const left = Array.from({ length: sent.length / 2 }, (_, i) => `${sent[2 * i]}: ${sent[2 * i + 1]}`);
  for (let i = 0; i < found.length; i += 2) {
    if (found[i] === UNKNOWN) continue;
    const at = left.indexOf(`${found[i]}: ${found[i + 1]}`);
    assert.ok(at >= 0, `${encoder}: ${found[i]}: ${found[i + 1]} was not sent`);
    left.splice(at, 1);
  }
}

Deno.test("what RFC 7541 calls an error breaks the block", () => {
  const broken = (wire: string) => assert.equal(decoded(new HpackDecoder(true), wire), undefined, wire);
  broken("80"); // 6.1: index 0
  broken("be"); // 2.3.3: beyond the tables
  broken("ff ff ff ff ff 0f"); // 5.1: an integer without a sensible end
  broken("ff 80"); // an integer that is cut
  broken("40 01 61"); // a literal without its value
  broken("00 05 61 62"); // a string longer than the block
  broken("00 01 61 82 ff ff"); // 5.2: padding of eight bits and more
  broken("00 01 61 81 00"); // 5.2: padding that is not all ones
  broken("00 01 61 84 ff ff ff ff"); // 5.2: EOS in a string
  broken("82 20"); // 4.2: a size is changed at the beginning only
});

Deno.test("the table's size (4.2 to 4.4): changed twice in a block, emptied by a large entry, followed upwards", () => {
  const decoder = new HpackDecoder(true);
  decoded(decoder, "40 01 61 01 62");
  decoded(decoder, "40 01 63 01 64");
  assert.equal(decoder.table.length, 2);
  assert.deepEqual(decoded(decoder, "3f 03 3f e1 1f be"), ["c", "d"]); // to 34, then back to 4096
  assert.deepEqual(table(decoder), ["c: d"]);
  const large = "40 01 61 7f 91 1f" + "62".repeat(USUAL_TABLE_BYTES + 16);
  assert.equal(decoded(decoder, large)![1].length, USUAL_TABLE_BYTES + 16);
  assert.deepEqual(table(decoder), []);
});

Deno.test("a table that was missed heals with what is added, and wholly when it is emptied", () => {
  const decoder = new HpackDecoder(false);
  assert.deepEqual(decoded(decoder, "82 be c1"), [":method", "GET", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]);
  assert.deepEqual(decoded(decoder, "40 01 61 01 62 be bf"), ["a", "b", "a", "b", UNKNOWN, UNKNOWN]);
  assert.deepEqual(decoded(decoder, "7f 00 01 63"), [UNKNOWN, "c"]); // the name's entry was not seen, the value is there
  assert.deepEqual(decoded(decoder, "be bf"), [UNKNOWN, "c", "a", "b"]);
  assert.deepEqual(decoded(decoder, "20 3f e1 1f 40 01 61 01 62 be"), ["a", "b", "a", "b"]);
  assert.equal(decoded(decoder, "bf"), undefined);
});

Deno.test("Huffman code: every byte, and every length of padding", () => {
  const out = new Uint8Array(64);
  assert.equal(decodeHuffman(hex(""), 0, 0, out), 0);
  // RFC 7541, appendix B: '0' is 00000, ' ' is 010100, '&' is 11111000, 0xff is 3ffffee in 26 bits
  assert.equal(decodeHuffman(hex("07"), 0, 1, out), 1);
  assert.equal(out[0], 0x30);
  assert.equal(decodeHuffman(hex("f8"), 0, 1, out), 1);
  assert.equal(out[0], 0x26);
  assert.equal(decodeHuffman(hex("fffffbbf"), 0, 4, out), 1);
  assert.equal(out[0], 0xff);
});
