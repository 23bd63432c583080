/** Text of records: the contract's formats, and the examples of the RFCs that define the others. */
import assert from "node:assert/strict";
import { Record } from "../../../src/protocols/dns/decoder.ts";
import { recordText } from "../../../src/protocols/dns/records.ts";
import { concat, hex, name, pointer, strings, u16, u32 } from "./wire.ts";

/** Text of a record whose data stands behind a header and the name `example.` at offset 12. */
function text(type: number, data: Uint8Array, { klass = 1, ttl = 0 } = {}): string {
  const bytes = concat(new Uint8Array(12), name("example."), data);
  const record = new Record();
  record.type = type;
  record.class = klass;
  record.ttl = ttl;
  record.dataAt = bytes.length - data.length;
  record.dataEnd = bytes.length;
  return recordText(bytes, 0, record);
}

const example = pointer(12);

Deno.test("the contract's nine types", () => {
  assert.equal(text(1, hex("c0000201")), "192.0.2.1");
  assert.equal(text(28, hex("20010db8 00000000 00000000 00000001")), "2001:db8::1");
  for (const type of [2, 5, 12]) assert.equal(text(type, concat(strings("ns"), example)), "ns.example.");
  assert.equal(text(15, concat(u16(10), strings("mx"), example)), "mx.example.");
  assert.equal(text(33, concat(u16(5, 10, 5060), strings("sip"), example)), "sip.example.:5060/W:10/P:5");
  assert.equal(
    text(6, concat(strings("ns"), example, strings("admin"), example, u32(1, 2, 3, 4, 300))),
    "ns.example./admin.example./T:300/E:4",
  );
  assert.equal(text(16, strings("hello", "wörld".replace("ö", "\xc3\xb6"), "\xff")), "hello/wörld/\ufffd");
});

Deno.test("DNSSEC: DS, RRSIG, NSEC, DNSKEY (RFC 4034), NSEC3 (RFC 5155)", () => {
  const digest = "2BB183AF5F22588179A53B0A98631FAD1A292118";
  assert.equal(text(43, concat(u16(60485), hex("0501"), hex(digest))), `60485 5 1 ${digest}`);
  const signature = concat(u16(1), hex("0503"), u32(86400, 0x3e7c9dd7, 0x3e5510d7), u16(2642), example, hex("a0"));
  assert.equal(text(46, signature), "A 5 3 86400 20030322173103 20030220173103 2642 example. oA==");
  const types = hex("0006 400100000003 041b" + "00".repeat(26) + "20");
  assert.equal(text(47, concat(strings("host"), example, types)), "host.example. A MX RRSIG NSEC TYPE1234");
  assert.equal(text(48, concat(u16(256), hex("0305"), hex("01020304"))), "256 3 5 AQIDBA==");
  const hashed = hex("14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 22010000000290");
  assert.equal(
    text(50, concat(hex("0101"), u16(12), hex("04 aabbccdd"), hashed)),
    "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM",
  );
  assert.equal(text(51, hex("01 00 0000 00")), "1 0 0 -");
});

Deno.test("the examples of RFC 9460 appendix D.2 for SVCB", () => {
  const foo = concat(strings("foo", "example", "com"), hex("00"));
  const org = concat(strings("foo", "example", "org"), hex("00"));
  const address = "2001 0db8 0000 0000 0000 0000 0000";
  const cases: [Uint8Array, string][] = [
    [concat(u16(0), foo), "0 foo.example.com."],
    [concat(u16(1), hex("00")), "1 ."],
    [concat(u16(16), foo, hex("0003 0002 0035")), "16 foo.example.com. port=53"],
    [concat(u16(1), foo, hex("029b 0005 68656c6c6f")), '1 foo.example.com. key667="hello"'],
    [concat(u16(1), foo, hex("029b 0009 68656c6c6f d2 716f6f")), '1 foo.example.com. key667="hello\\210qoo"'],
    [
      concat(u16(1), foo, hex(`0006 0020 ${address} 0001 2001 0db8 0000 0000 0000 0000 0053 0001`)),
      "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1",
    ],
    [
      concat(
        u16(16),
        org,
        hex("0000 0004 0001 0004"),
        hex("0001 0009 02 6832 05 68332d3139"),
        hex("0004 0004 c0000201"),
      ),
      '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
    ],
    [
      concat(u16(16), org, hex("0001 000c 08 665c6f6f2c626172 02 6832")),
      '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    ],
  ];
  for (const [data, expected] of cases) assert.equal(text(64, data), expected);
  assert.equal(text(65, concat(u16(1), hex("00"), hex("0002 0000 0005 0001 ff"))), "1 . no-default-alpn ech=/w==");
});

Deno.test("CAA, NAPTR, TLSA, SSHFP, URI, DNAME, HINFO, LOC, APL, TSIG", () => {
  assert.equal(text(257, concat(hex("80"), strings("issue"), hex("6361 22"))), '128 issue "ca\\""');
  assert.equal(
    text(35, concat(u16(100, 50), strings("s", "z3950+I2L+I2C", ""), example)),
    '100 50 "s" "z3950+I2L+I2C" "" example.',
  );
  assert.equal(text(52, hex("030101 d2abde24")), "3 1 1 D2ABDE24");
  assert.equal(text(44, hex("0201 123456789a")), "2 1 123456789A");
  assert.equal(text(256, concat(u16(10, 1), hex("6674703a2f2f61"))), '10 1 "ftp://a"');
  assert.equal(text(39, example), "example.");
  assert.equal(text(13, strings("Generic PC", 'NetBSD "1"')), '"Generic PC" "NetBSD \\"1\\""');
  assert.equal( // cambridge-net.kei.com. in RFC 1876 section 4
    text(29, hex("00 33 16 13 89 17 2d d0 70 be 15 f0 00 98 8d 20")),
    "42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m",
  );
  assert.equal(text(42, hex("0001 15 03 c0a820 0001 1c 83 c0a826")), "1:192.168.32.0/21 !1:192.168.38.0/28");
  assert.equal(
    text(250, concat(strings("hmac-sha256"), hex("00 000065a0bc00 012c 0002 beef 1234 0000 0000"))),
    "hmac-sha256. 1705032704 300 vu8= 4660 0",
  );
});

Deno.test("OPT shows EDNS and its options (RFC 6891, 7871, 7873, 7828, 8914)", () => {
  const options = concat(
    hex("000a 0008 24a5ac9d1a2b3c4d"),
    hex("0008 0007 0001 18 00 c00002"),
    hex("000b 0002 0064"),
    hex("000f 0004 0016 6869"),
    hex("000c 0003 000000"),
    hex("0003 0002 6e73"),
    hex("fde9 0001 ff"),
  );
  assert.equal(
    text(41, options, { klass: 1232, ttl: 0x8000 }),
    'EDNS:0 UDP:1232 DO COOKIE:24A5AC9D1A2B3C4D SUBNET:192.0.2.0/24 KEEPALIVE:10s EDE:22:"hi" PADDING:3 NSID:"ns" ' +
      "OPTION65001:FF",
  );
  assert.equal(text(41, new Uint8Array(0), { klass: 512, ttl: 0x00010000 }), "EDNS:1 UDP:512");
});

Deno.test("types nobody knows, and data that does not fit its type, have the generic form (RFC 3597 section 5)", () => {
  assert.equal(text(62347, hex("0a000001")), "\\# 4 0A000001");
  assert.equal(text(1, hex("0a0000")), "\\# 3 0A0000");
  assert.equal(text(5, pointer(200)), "\\# 2 C0C8");
  assert.equal(text(16, hex("05 6162")), "\\# 3 056162");
  assert.equal(text(15, hex("0001")), "\\# 2 0001");
  assert.equal(text(6, concat(example, example, u32(1))), "\\# 8 C00CC00C00000001");
  assert.equal(text(47, concat(example, hex("0102 ff"))), "\\# 5 C00C0102FF");
  assert.equal(text(43, hex("0001 05")), "\\# 3 000105");
  assert.equal(text(1, new Uint8Array(0), { klass: 255 }), "");
  assert.equal(text(62347, new Uint8Array(2000)), `\\# 2000 ${"00".repeat(1024)}...`);
});
