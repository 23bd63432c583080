/** How many lanes there are to be. */
import type { SnifferConfig } from "../config/config.ts";

/** Files, and whatever is captured through libpcap, have one: only the ring of Linux can be shared. */
export function laneCount({ lanes, file, engine }: SnifferConfig): number {
  if (file !== "" || engine !== "pcap" || Deno.build.os !== "linux") return 1;
  return lanes === "auto" ? Math.max(1, navigator.hardwareConcurrency - 1) : lanes;
}
