/**
 * A network that loses packets, and captures that do. Loads cross a router that drops three of a hundred packets; TCP
 * repairs that, so packetd must pair every request at either end. Then packets are missing from the capture: what the
 * clients counted must be paired or explained by the ledger, and no pair wrong.
 */
import { packetsOf } from "../../tools/replay.ts";
import { capturedDifferently, otherRoundTrips, unaccounted } from "../compare.ts";
import type { Line, Score, Stage, SystemTest } from "../harness.ts";
import { readLines } from "../lines.ts";
import { damaged, read, unexplained, wrongPairs } from "./damage.ts";
import { loads } from "./loads.ts";
import { Network } from "./network.ts";
import { rules, Side } from "./side.ts";
import { checkStopped } from "./stopped.ts";

const ROUTER_LOSS = 0.03, CAPTURE_LOSS = 0.02;
const SEEDS = [1, 2, 3];

async function check(stage: Stage, score: Score): Promise<void> {
  const network = await Network.lay(stage, ROUTER_LOSS);
  if (network === undefined) return;
  for (const load of loads) await load.serve(stage, network);
  const sides = await Promise.all((["client", "server"] as const).map((host) => Side.listen(stage, network, host)));
  const counts = await Promise.all(loads.map((load) => load.ask(stage, network)));
  const dropped = await network.dropped();
  score.check(`${stage.name}: the router dropped packets (${dropped})`, dropped > 0 ? [] : ["it dropped none"]);
  const heard: Line[][] = [];
  for (const side of sides) heard.push(await checkSide(side, counts, score));
  score.check(`${stage.name}: both sides give the same round trips`, [
    ...otherRoundTrips(heard[0], heard[1]),
    ...otherRoundTrips(heard[1], heard[0]),
  ]);
  await checkStopped(stage, score, network);
}

/** What one side captured against what the clients counted; then the same with packets missing. Returns its round trips. */
async function checkSide(side: Side, counts: readonly number[], score: Score): Promise<Line[]> {
  const { heard, tcpdumpLost } = await side.stop();
  const lines = readLines(heard.text);
  const check = (name: string, faults: readonly string[]) =>
    score.check(`${side.stage.name}: ${side.host}'s side: ${name}`, faults);
  for (const [i, load] of loads.entries()) {
    const own = ofPort(lines, load.port), asked = counts[i];
    const isAll = asked === load.requests && own.length === asked;
    check(`${load.protocol}: ${asked} of ${load.requests} are answered, all are paired`, [
      ...(isAll ? [] : [`${own.length} are paired`]),
      ...wrongPairs(load, own, own),
    ]);
  }
  check("the account adds up", [...unaccounted(heard.account, lines, 0), ...heard.account.reasons]);
  check("tcpdump lost no packet", tcpdumpLost === 0 ? [] : [`it lost ${tcpdumpLost}`]);

  const packets = await packetsOf(side.recorder.file);
  const whole = read(packets, rules);
  check("tcpdump's recording gives the same", capturedDifferently(whole.lines, lines));
  const { retransmitted, reordered } = whole.ledger;
  check(
    `segments came again (${retransmitted}) and out of order (${reordered})`,
    retransmitted > 0 && reordered > 0 ? [] : ["not so"],
  );
  for (const losers of ["clients", "servers", "all"] as const) {
    for (const seed of SEEDS) {
      const left = damaged(packets, losers, CAPTURE_LOSS, seed);
      const { lines, ledger } = read(left, rules);
      const pairs = loads.map(({ protocol }) => `${ledger.of(protocol).paired} ${protocol}`).join(", ");
      check(
        `${packets.length - left.length} packets of ${losers} missing: ${pairs}; the rest is explained`,
        loads.flatMap((load, i) => [
          ...unexplained(counts[i], ledger.of(load.protocol), losers),
          ...wrongPairs(load, ofPort(lines, load.port), ofPort(whole.lines, load.port)),
        ]),
      );
    }
  }
  return lines;
}

/** Round trips with the server on a port. */
function ofPort(lines: readonly Line[], port: number): Line[] {
  return lines.filter(({ Response }) => Response?.Port === port);
}

export const lossy: SystemTest = {
  name: "lossy",
  programs: {
    ip: "iproute2",
    iptables: "iptables",
    sysctl: "procps",
    bash: "bash",
    nginx: "nginx-light",
    curl: "curl",
    nghttpd: "nghttp2-server",
    h2load: "nghttp2-client",
    "redis-server": "redis-server",
    pgbench: "postgresql-contrib",
    pg_ctlcluster: "postgresql",
    setpriv: "util-linux",
  },
  check,
};
