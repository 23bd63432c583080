/** The filter made from the rules lets through all that may belong to them, and little else. */
import assert from "node:assert/strict";
import { compileFilter } from "../../ffi/mod.ts";
import { BpfProgram } from "../../src/capture/bpf.ts";
import { UsageError } from "../../src/capture/errors.ts";
import { filterText } from "../../src/capture/filter.ts";
import { compilerFor, LiveFilter } from "../../src/capture/live_filter.ts";
import { LINK } from "../../src/core/packet.ts";
import type { Rule } from "../../src/core/rule.ts";
import { ethernet, hopByHop, ipv4, ipv6, tcp, testWhere, transportsOf, udp, withoutLibpcap } from "./support.ts";

const http: Rule = { protocol: "http", ports: [80, 8080], host: "" };
const dns: Rule = { protocol: "dns", ports: [53], host: "" };

type Judge = (type: number, payload: number[], tags?: [number, number][]) => boolean;

function judge(rules: Rule[], ipVersion: "" | "v4" | "v6" = "", extra = "", tunnels = false): Judge {
  const compile = compilerFor(LINK.ETHERNET);
  const [instructions] = new LiveFilter(rules, transportsOf, ipVersion, extra, tunnels).programs(
    true,
    compile,
    compile,
  );
  const program = new BpfProgram(instructions);
  return (type, payload, tags = []) => {
    const packet = ethernet(type, payload, tags);
    return program.run(packet, 0, packet.length, packet.length) !== 0;
  };
}

testWhere(withoutLibpcap, "both transports of DNS pass, and only TCP of HTTP", () => {
  const passes = judge([http, dns]);
  assert.equal(passes(0x0800, ipv4(17, udp(40000, 53))), true);
  assert.equal(passes(0x0800, ipv4(6, tcp(53, 40000))), true);
  assert.equal(passes(0x0800, ipv4(6, tcp(40000, 8080))), true);
  assert.equal(passes(0x86dd, ipv6(6, tcp(40000, 80))), true);
  assert.equal(passes(0x0800, ipv4(17, udp(40000, 80))), false);
  assert.equal(passes(0x0800, ipv4(6, tcp(40000, 443))), false);
  assert.equal(passes(0x0800, ipv4(1, udp(40000, 53))), false);
});

testWhere(withoutLibpcap, "later fragments of the rules' transports pass, those of others do not", () => {
  const fragment = new Array(16).fill(0);
  assert.equal(judge([dns])(0x0800, ipv4(17, fragment, 185)), true);
  assert.equal(judge([dns])(0x0800, ipv4(6, fragment, 185)), true);
  assert.equal(judge([http])(0x0800, ipv4(17, fragment, 185)), false);
  assert.equal(judge([http])(0x0800, ipv4(6, fragment, 185)), true);
});

testWhere(withoutLibpcap, "IPv6 packets with an extension header pass", () => {
  for (const header of [0, 43, 44, 51, 60]) {
    assert.equal(judge([http])(0x86dd, ipv6(header, hopByHop(6, tcp(40000, 80)))), true, `${header}`);
  }
  assert.equal(judge([http])(0x86dd, ipv6(58, tcp(40000, 80))), false);
});

testWhere(withoutLibpcap, "frames with one and two VLAN tags pass by the same rules", () => {
  const passes = judge([http, dns]);
  for (const tags of [[[0x8100, 5]], [[0x88a8, 7], [0x8100, 5]]] as [number, number][][]) {
    assert.equal(passes(0x0800, ipv4(17, udp(40000, 53)), tags), true);
    assert.equal(passes(0x0800, ipv4(17, udp(40000, 54)), tags), false);
    assert.equal(passes(0x86dd, ipv6(0, hopByHop(17, udp(40000, 53))), tags), true);
  }
});

testWhere(withoutLibpcap, "a host restricts its own rule alone", () => {
  const passes = judge([{ ...http, host: "10.0.0.9" }, dns]);
  assert.equal(passes(0x0800, ipv4(6, tcp(40000, 80))), false);
  assert.equal(passes(0x0800, ipv4(17, udp(40000, 53))), true);
  assert.equal(judge([{ ...http, host: "10.0.0.2" }])(0x0800, ipv4(6, tcp(40000, 80))), true);
  assert.equal(judge([{ ...http, host: "fd00::1" }])(0x86dd, ipv6(6, tcp(40000, 80))), true);
});

testWhere(withoutLibpcap, "what carries other packets passes, tagged or not, unless it is not wanted", () => {
  const gre = ipv4(47, new Array(40).fill(0)), vxlan = ipv4(17, udp(40000, 4789)), other = ipv4(17, udp(40000, 4000));
  for (const tags of [[], [[0x8100, 5]]] as [number, number][][]) {
    const passes = judge([{ ...http, host: "10.0.0.9" }], "", "", true);
    for (
      const packet of [
        gre,
        vxlan,
        ipv4(4, gre),
        ipv4(47, gre, 185),
        ipv4(108, []),
        ipv4(17, udp(6081, 40000)),
        ipv4(17, udp(3544, 40000)),
      ]
    ) {
      assert.equal(passes(0x0800, packet, tags), true);
      assert.equal(judge([http])(0x0800, packet, tags), false);
    }
    for (const type of [0x8847, 0x8864]) assert.equal(passes(type, gre, tags), true);
    assert.equal(passes(0x86dd, ipv6(17, udp(40000, 4789)), tags), true);
    assert.equal(passes(0x86dd, ipv6(41, gre), tags), true);
    assert.equal(passes(0x0800, other, tags), false);
  }
});

testWhere(withoutLibpcap, "one IP version excludes the other", () => {
  const v4 = ipv4(6, tcp(40000, 80)), v6 = ipv6(6, tcp(40000, 80));
  assert.deepEqual([judge([http], "v4")(0x0800, v4), judge([http], "v4")(0x86dd, v6)], [true, false]);
  assert.deepEqual([judge([http], "v6")(0x0800, v4), judge([http], "v6")(0x86dd, v6)], [false, true]);
});

testWhere(withoutLibpcap, "the user's own expression must hold as well", () => {
  const passes = judge([http, dns], "", "host 10.0.0.1 and udp");
  assert.equal(passes(0x0800, ipv4(17, udp(40000, 53))), true);
  assert.equal(passes(0x0800, ipv4(6, tcp(40000, 53))), false);
  assert.equal(passes(0x86dd, ipv6(17, udp(40000, 53))), false);
});

testWhere(withoutLibpcap, "more ports than can be named let the whole transport through", () => {
  const passes = judge([{ ...http, ports: Array.from({ length: 500 }, (_, i) => 1000 + i) }]);
  assert.equal(passes(0x0800, ipv4(6, tcp(40000, 80))), true);
  assert.equal(passes(0x0800, ipv4(17, udp(40000, 1000))), false);
});

testWhere(withoutLibpcap, "the text compiles for every link type that a live source may have", () => {
  for (const ipVersion of ["", "v4", "v6"] as const) {
    const text = filterText([http, dns, { ...http, host: "10.0.0.1" }], transportsOf, ipVersion);
    const links = [LINK.ETHERNET, LINK.RAW, LINK.LINUX_SLL, LINK.LINUX_SLL2, LINK.NULL, LINK.LOOP];
    for (const link of links) assert.ok(compileFilter(text, link, 65535).length > 8);
  }
});

testWhere(withoutLibpcap, "any port lets the whole transport of the protocol through", () => {
  const passes = judge([{ ...http, ports: [], anyPort: true }, http]);
  assert.equal(passes(0x0800, ipv4(6, tcp(40000, 9))), true);
  assert.equal(passes(0x0800, ipv4(17, udp(40000, 80))), false);
  assert.equal(
    filterText([{ ...dns, ports: [], anyPort: true, host: "10.0.0.1" }], transportsOf, "v6").includes("port"),
    false,
  );
});

Deno.test("rules without ports are left out, and no rule at all means no filter", () => {
  assert.equal(filterText([], transportsOf), "");
  assert.equal(filterText([{ ...http, ports: [] }], transportsOf, "v4"), "");
});

Deno.test("an unknown protocol and a host that is no name are errors of the user", () => {
  const refused = (rule: Rule, message: RegExp) =>
    assert.throws(
      () => filterText([rule], transportsOf),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  refused({ ...http, protocol: "gopher" }, /^unsupported protocol \(gopher\)$/);
  refused({ ...http, host: "a) or (tcp" }, /'a\) or \(tcp' is no address and no name of a host/);
});
