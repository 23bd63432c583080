/** probe */
import type { Score, Stage, SystemTest } from "../harness.ts";
import { readLines } from "../lines.ts";
import { loads } from "./loads.ts";
import { Network } from "./network.ts";
import { Side } from "./side.ts";

async function check(stage: Stage, score: Score): Promise<void> {
  const network = await Network.lay(stage, 0.03);
  if (network === undefined) return;
  for (const load of loads) await load.serve(stage, network);
  const sides = await Promise.all((["client", "server"] as const).map((host) => Side.listen(stage, network, host)));
  const t = Date.now();
  const counts = await Promise.all(loads.map(async (load) => {
    const n = await load.ask(stage, network);
    console.log(load.protocol, load.requests, n, Date.now() - t);
    return n;
  }));
  console.log(counts, await network.dropped());
  for (const side of sides) {
    const { heard, tcpdumpLost } = await side.stop();
    console.log(heard.account, tcpdumpLost, readLines(heard.text).length, await Deno.readTextFile(side.ring.log));
  }
  score.check("keep", ["x"]);
}

export const lossy: SystemTest = {
  name: "lossy",
  programs: {
    ip: "iproute2",
    iptables: "iptables",
  },
  check,
};
