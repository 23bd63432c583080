/** The processor time that finished child processes have used. For the benches. */
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
/** Large enough for struct rusage, which begins with two timevals of 16 bytes: user and system. */
const usage = new DataView(new ArrayBuffer(144));

/** Seconds of processor time, user and system, of all children that were waited for. */
export function childCpuSeconds(): number {
  libc().getrusage(RUSAGE_CHILDREN, new Uint8Array(usage.buffer));
  const seconds = (at: number) => Number(usage.getBigInt64(at, true)) + usage.getInt32(at + 8, true) / 1e6;
  return seconds(0) + seconds(16);
}
