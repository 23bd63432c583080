/** The programs that read a capture, each as it is started for one file. */
import type { Rule } from "../../src/core/rule.ts";
import { packetd } from "../../tests/live/captures.ts";
import { until } from "../../tests/live/stage.ts";
import { agentCommand, agentConfiguration } from "../agent.ts";
import { measure, type Measured, measureService } from "../measure.ts";

/** What a program made of a file. */
export interface Read extends Measured {
  /** Round trips that it found; NaN where it does not say. */
  readonly roundTrips: number;
}

export type Reader = (file: string, rules: readonly Rule[]) => Promise<Read>;

/** The least that anybody who reads a capture has to do. */
export const tcpdump: Reader = async (file) => ({
  ...await measure("tcpdump", ["-r", file, "-w", "/dev/null"]),
  roundTrips: NaN,
});

/** `packetd log` in one of its formats. */
export function log(format: "none" | "json"): Reader {
  const [program, first] = packetd("--allow-ffi");
  return async (file, rules) => {
    const decode = rules.flatMap(({ protocol, ports }) => ["--proto", `${protocol};${ports.join(",")}`]);
    const measured = await measure(program, [...first, "log", "--pcap.file", file, "--format", format, ...decode]);
    return { ...measured, roundTrips: Number(/(\d+) round trips? chosen/.exec(measured.errorText)?.[1]) };
  };
}

/** The agent, counting by the labels of the configuration that our packages install. */
export const agent: Reader = (file, rules) => counting(agentCommand(), file, rules);

/** The Go packetd that `PACKETD_GO` names, by the same configuration; undefined where it names none. */
export function goAgent(): Reader | undefined {
  const path = Deno.env.get("PACKETD_GO");
  return path === undefined ? undefined : (file, rules) => counting([path], file, rules);
}

async function counting([program, ...first]: string[], file: string, rules: readonly Rule[]): Promise<Read> {
  const port = freePort();
  const path = `${file}.yaml`;
  Deno.writeTextFileSync(path, agentConfiguration(port, { file, ifaces: "any" }, rules));
  const counted = async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/protocol/metrics`)).text();
    const series = text.matchAll(/^[a-z0-9]+_requests_total\S* (\d+)/gm);
    return [...series].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  let roundTrips = NaN;
  const measured = await measureService(
    program,
    [...first, "agent", "--config", path],
    () => until("an agent counts what a file holds", () => counted().then((count) => count > 0, () => false)),
    async () => void (roundTrips = await counted()),
  );
  Deno.removeSync(path);
  return { ...measured, roundTrips };
}

/**
 * tshark, which prints a line for each message of a protocol.
 *
 * @param filter what it calls the protocol
 * @param decoder what is to be decoded on the rules' ports
 */
export function tshark({ filter, decoder }: { filter: string; decoder: string }): Reader {
  return async (file, rules) => {
    const decode = rules.flatMap(({ ports }) => ports.flatMap((port) => ["-d", `tcp.port==${port},${decoder}`]));
    return { ...await measure("tshark", ["-r", file, ...decode, "-Y", filter]), roundTrips: NaN };
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
