/** `node:zlib`, loaded when it is first used: that takes as long as all of Deno's own start, and few captures need it. */
import type * as Zlib from "node:zlib";

let loaded: typeof Zlib | undefined;

/** The module. Loading it waits for nothing, since what decompresses does not. */
export function zlib(): typeof Zlib {
  // deno-lint-ignore no-process-global -- importing it would load what is to be loaded later
  return loaded ??= process.getBuiltinModule("node:zlib");
}
