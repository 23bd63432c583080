/** What cannot be opened is told in words that help, and as the right kind of error. */
import assert from "node:assert/strict";
import { CaptureError, UsageError } from "../../src/capture/errors.ts";
import { LiveCapture, type LiveOptions } from "../../src/capture/open.ts";
import { testWhere, transportsOf, withoutCapture, withoutLibpcap } from "./support.ts";

const options: LiveOptions = {
  ifaces: "lo",
  engine: "pcap",
  rules: [{ protocol: "dns", ports: [53], host: "" }],
  transportsOf,
};

function refused(kind: typeof UsageError | typeof CaptureError, message: RegExp, changes: Partial<LiveOptions>): void {
  assert.throws(() => new LiveCapture({ ...options, ...changes }), (error) => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("a regular expression that is none is an error of the user", () => {
  refused(UsageError, /^'eth\(' is no regular expression: /, { ifaces: "eth(" });
});

Deno.test("an unknown protocol is an error of the user", () => {
  refused(UsageError, /^unsupported protocol \(x\)$/, { rules: [{ protocol: "x", ports: [1], host: "" }] });
});

testWhere(
  withoutLibpcap,
  "no interface of that name: the error names the pattern and the interfaces that exist",
  () => {
    refused(CaptureError, /^no available devices found: .*'nosuch\[0-9\]' \(there are: .*lo/, {
      ifaces: "nosuch[0-9]",
    });
  },
);

testWhere(withoutCapture, "a filter that libpcap refuses is shown with libpcap's reason", () => {
  for (const engine of ["pcap", "libpcap"] as const) {
    const message = /^the filter 'tcp prot 80' cannot be used: .*syntax error/;
    refused(UsageError, message, { engine, extraFilter: "tcp prot 80" });
  }
  const rules = [{ protocol: "dns", ports: [53], host: "no.such.host.invalid" }];
  refused(UsageError, /^the filter 'host no\.such\.host\.invalid and .* cannot be used: unknown host/, { rules });
});
