/** What finished child processes have used: processor time and the peak of their memory. For the benches. */
import { lazily } from "./load.ts";

const libc = lazily(
  {
    title: "the C library",
    files: { linux: ["libc.so.6"], darwin: ["libSystem.dylib"] },
    install: {},
  },
  {
    getrusage: { parameters: ["i32", "buffer"], result: "i32" }, // int who, struct rusage *usage
  } as const,
);

const RUSAGE_CHILDREN = -1;
/** Large enough for struct rusage: two timevals of 16 bytes, then 14 longs, the first of them ru_maxrss. */
const usage = new DataView(new ArrayBuffer(144));

export interface ChildUsage {
  /** Seconds of processor time, user and system, of all children so far. */
  readonly cpuSeconds: number;
  /** The largest resident set of any child so far, in bytes. */
  readonly peakBytes: number;
}

/** Usage of all children that were waited for. */
export function childUsage(): ChildUsage {
  libc().getrusage(RUSAGE_CHILDREN, new Uint8Array(usage.buffer));
  const seconds = (at: number) => Number(usage.getBigInt64(at, true)) + usage.getInt32(at + 8, true) / 1e6;
  const unit = Deno.build.os === "darwin" ? 1 : 1024;
  return { cpuSeconds: seconds(0) + seconds(16), peakBytes: Number(usage.getBigInt64(32, true)) * unit };
}
