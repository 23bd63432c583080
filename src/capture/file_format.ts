/** What the two capture file formats have in common. */
import type { PacketSink } from "../core/packet.ts";
import type { ByteWindow } from "./file_window.ts";

/**
 * The longest packet or block that is believed, in bytes: libpcap's own ceiling for a pcapng block. A longer one is a
 * broken length, and memory never grows beyond a few times this.
 */
export const LONGEST_RECORD = 16 * 1024 * 1024;

/** Reads packets out of a window, from the first byte of the file on. */
export interface CaptureFormat {
  /** Why nothing from the window's start on can be read; null while all is well. */
  readonly broken: string | null;
  /**
   * Hands on the packets that are whole, at most `max`, and moves the window's start behind them.
   * Never throws, whatever the bytes are.
   */
  walk(window: ByteWindow, sink: PacketSink, max: number): number;
  /**
   * Where the file is cut, given that it ends with the window: words that follow "it is cut".
   * @param packet number of the packet that would have come next, from 1
   */
  cut(window: ByteWindow, packet: number): string;
}

/** "1 byte", "12 bytes". */
export function bytesText(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}
