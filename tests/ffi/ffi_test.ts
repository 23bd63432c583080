/** Libraries, return codes and interfaces. */
import assert from "node:assert/strict";
import { checked, type Failure, NativeError } from "../../ffi/errors.ts";
import { linkTypeOfDlt } from "../../ffi/linktype.ts";
import { lazily } from "../../ffi/load.ts";
import { compileFilter, interfaces, PollSet } from "../../ffi/mod.ts";
import { testWhere, withoutLibpcap } from "../capture/support.ts";

const linux = Deno.build.os === "linux";

Deno.test("a missing library is an error that says how to install it, when it is first used", () => {
  const system = Deno.build.os;
  const names = {
    title: "libmissing",
    files: { [system]: ["libmissing.so.1", "libmissing.so"] },
    install: { [system]: "`apt install libmissing1`" },
  };
  const missing = lazily(names, {});
  assert.throws(missing, (error) => {
    assert.ok(error instanceof NativeError && error.kind === "library");
    assert.match(error.message, /^libmissing is missing, install it: `apt install libmissing1` \(.*libmissing\.so/);
    return true;
  });
});

Deno.test("a return code of 0 or more passes, a negative one throws with the call and the reason", () => {
  const why = (code: number): Failure => ({ kind: "device", text: "no such device", code });
  assert.equal(checked(3, "open", why), 3);
  assert.throws(() => checked(-5, "bind to eth9", why), { message: "bind to eth9: no such device", code: -5 });
});

Deno.test({
  name: "a missing privilege is explained with the exact line that grants it",
  ignore: !linux,
  fn() {
    const why = (code: number): Failure => ({ kind: "privilege", text: "Operation not permitted", code });
    assert.throws(() => checked(-1, "packet socket for lo", why), (error) => {
      assert.ok(error instanceof NativeError && error.kind === "privilege");
      assert.ok(error.message.includes(`sudo setcap cap_net_raw+ep ${Deno.execPath()}`), error.message);
      for (const word of ["packet socket for lo", "--cap-add NET_RAW", "nosuid", "no_new_privs"]) {
        assert.ok(error.message.includes(word), word);
      }
      return true;
    });
  },
});

testWhere(withoutLibpcap, "the loopback interface is listed with its address and flags", () => {
  const loopback = interfaces().find((device) => device.isLoopback);
  assert.ok(loopback !== undefined);
  assert.ok(loopback.addresses.includes("127.0.0.1/8"), loopback.addresses.join());
  assert.equal(loopback.isUp, true);
});

testWhere(
  withoutLibpcap || (linux ? "" : "needs Linux"),
  "only network interfaces are listed, as the system orders them",
  () => {
    const names = interfaces().map((device) => device.name);
    assert.equal(names[0], "lo");
    assert.equal(names.includes("any"), false);
  },
);

testWhere(withoutLibpcap, "an expression that libpcap refuses is an error with its reason", () => {
  const refused = (expression: string, reason: RegExp) =>
    assert.throws(
      () => compileFilter(expression, 1, 65535),
      (error) => error instanceof NativeError && error.kind === "filter" && reason.test(error.message),
    );
  refused("tcp prot 80", /syntax error/);
  refused("tcp port 99999", /99999/);
  refused("tcp\0port", /zero byte/);
  assert.equal(compileFilter("", 1, 99)[4], 99, "an empty expression is one instruction: return the snap length");
});

Deno.test("libpcap's own number for raw IP is LINKTYPE_RAW", () => {
  assert.equal(linkTypeOfDlt(12), 101);
  assert.equal(linkTypeOfDlt(1), 1);
});

Deno.test({
  name: "a wait on no descriptors ends by itself",
  ignore: !linux || withoutLibpcap !== "",
  fn: async () => {
    const set = new PollSet();
    await set.wait(1);
    assert.equal(set.remove(5), undefined);
  },
});
