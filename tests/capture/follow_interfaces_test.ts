/** Interfaces that come and go while packetd captures. */
import assert from "node:assert/strict";
import { LiveCapture } from "../../src/capture/open.ts";
import { testWhere, transportsOf, withoutCapture } from "./support.ts";

const NAME = `pd${Deno.pid % 1e6}`;

/** Runs ip(8); false where there is none, or where it may not. */
async function ip(...args: string[]): Promise<boolean> {
  const command = new Deno.Command("ip", { args, stdout: "null", stderr: "null" });
  return await command.output().then(({ success }) => success, () => false);
}

const add = () => ip("link", "add", NAME, "type", "veth", "peer", "name", `${NAME}p`);
const remove = () => ip("link", "delete", NAME);
const withoutVeth = withoutCapture !== ""
  ? withoutCapture
  : await add() && await remove()
  ? ""
  : "no veth devices here";

testWhere(
  withoutVeth,
  "a source is opened when its interface comes, closed when it goes, and opened anew",
  async () => {
    const rules = [{ protocol: "http", ports: [80], host: "" }];
    const capture = new LiveCapture({ ifaces: `^(lo|${NAME}p?)$`, engine: "pcap", rules, transportsOf, blockNum: 16 });
    const names = () => capture.sources.map(({ name }) => name).sort();
    /** The kernel tells the socket of an interface that goes some time after. */
    const drain = () => capture.sources.forEach((source) => source.drain({ packet() {} }, 100));
    try {
      for (let round = 0; round < 2; round++) {
        assert.ok(await add());
        await ip("address", "add", "169.254.77.1/32", "dev", NAME);
        assert.deepEqual(capture.follow().started, [`sniffer add device (${NAME}), address=[169.254.77.1/32]`]);
        assert.deepEqual(names(), ["lo", NAME].sort());
        assert.deepEqual(capture.follow(), { started: [], failed: [], ended: [] });
        assert.ok(await remove());
        drain();
        assert.deepEqual(capture.follow().ended, [`pcap handle (${NAME}) closed`]);
        assert.deepEqual(names(), ["lo"]);
      }
      assert.deepEqual([...capture.counters().keys()].sort(), ["lo", NAME].sort());
    } finally {
      capture.close();
      await remove();
    }
  },
);
