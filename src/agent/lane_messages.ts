/** What the main thread and its lanes say to each other. Packets never cross: what does is counted, or encoded. */
import type { FanoutMembers } from "../capture/fanout.ts";
import type { Config } from "../config/config.ts";
import type { Level } from "../export/log_line.ts";
import type { Wish } from "../export/watched_lines.ts";
import type { GroupDelta } from "../process/deltas.ts";
import type { Figures } from "./figures.ts";

export type ToLane =
  | {
    readonly kind: "open";
    readonly config: Config;
    readonly lane: number;
    readonly fanout: FanoutMembers;
    readonly owed: Owed;
  }
  | InTurn
  | { readonly kind: "watch"; readonly watcher: number; readonly wish: Wish }
  | { readonly kind: "unwatch"; readonly watcher: number }
  | { readonly kind: "end" };

/**
 * What lanes do one after the other, so that all groups of sockets have them in the same order: then both copies of what is
 * captured on two interfaces go to the same lane, which tells that they are copies.
 */
export type InTurn =
  | { readonly kind: "reconfigure"; readonly config: Config }
  /** Look for interfaces that have come or gone. */
  | { readonly kind: "follow" };

export type FromLane =
  /** It is done: the next lane's turn. */
  | { readonly kind: "next"; readonly message: InTurn }
  /** It captures. */
  | { readonly kind: "opened"; readonly figures: Figures }
  /** It cannot capture. */
  | { readonly kind: "refused"; readonly message: string }
  /** It goes on by the configuration that it had. */
  | { readonly kind: "unchanged"; readonly message: string }
  | { readonly kind: "said"; readonly level: Level; readonly from: string; readonly message: string }
  /** What it has done so far, and what was counted since the last time. */
  | { readonly kind: "figures"; readonly figures: Figures; readonly metrics: readonly GroupDelta[] }
  | Load
  | { readonly kind: "ended" };

/** Bytes, which are handed over without being copied, and how many lines or spans they are. */
export type Load =
  & { readonly bytes: Uint8Array<ArrayBuffer>; readonly count: number }
  & (
    | { readonly kind: "lines" }
    | { readonly kind: "watched"; readonly watcher: number }
    /** An ExportTraceServiceRequest, and how many spans were too long to be in it. */
    | { readonly kind: "spans"; readonly tooLong: number }
  );

/**
 * What the main thread has not taken yet of one lane, in memory that both see: bytes, and whether figures are among it.
 * A main thread that is held up (a snapshot of its heap takes seconds) so costs lines, which are counted, and not memory.
 */
export type Owed = Int32Array<SharedArrayBuffer>;
export const OWED_BYTES = 0, OWED_FIGURES = 1;
/** Bytes of one lane that may wait. */
export const MOST_OWED = 16 * 1024 * 1024;

export function nothingOwed(): Owed {
  return new Int32Array(new SharedArrayBuffer(8));
}
