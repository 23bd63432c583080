/** Commands that observe until they are interrupted, and then give an account: tcpdump, `packetd log`, `packetd stats`. */
import { packetd } from "../../tests/live/captures.ts";
import { readAccount } from "../../tests/live/lines.ts";
import { launch, type Observer, type Said, SILENT } from "./observer.ts";

/** The least that anybody who captures has to do. */
export const tcpdump: Observer = {
  name: "tcpdump -w /dev/null",
  async start(stage, traffic) {
    const commandLine = ["tcpdump", "-i", traffic.device, "-w", "/dev/null", `tcp port ${traffic.port}`];
    const service = await launch(stage, traffic, "tcpdump", commandLine, "SIGINT");
    await service.said("listening on");
    return {
      pid: service.pid,
      async end(): Promise<Said> {
        await service.stop();
        const told = await Deno.readTextFile(service.log);
        return {
          ...SILENT,
          packets: Number(/(\d+) packets? captured/.exec(told)?.[1]),
          dropped: Number(/(\d+) packets? dropped by kernel/.exec(told)?.[1]),
        };
      },
    };
  },
};

function command(...words: readonly string[]): Observer {
  return {
    name: words.join(" "),
    async start(stage, traffic) {
      const [program, first] = packetd("--allow-ffi");
      const rule = ["--ifaces", traffic.device, "--proto", `${traffic.protocol};${traffic.port}`];
      // Whatever is printed goes nowhere; standard error holds the account.
      const nowhere = ["sh", "-c", 'exec "$@" >/dev/null', "sh"];
      const service = await launch(
        stage,
        traffic,
        "packetd",
        [...nowhere, program, ...first, ...words, ...rule],
        "SIGINT",
      );
      await service.said("sniffer add device");
      return {
        pid: service.pid,
        async end(): Promise<Said> {
          await service.stop();
          const { matched, dropped, passedOver, paired } = readAccount(await Deno.readTextFile(service.log));
          return { ...SILENT, packets: matched, dropped, passedOver, paired };
        },
      };
    },
  };
}

export const log = command("log", "--format", "none");
export const lines = command("log");
export const stats = command("stats", "--interval", "1s");
