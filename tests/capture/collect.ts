/** Reads whole captures for the tests of the file sources. */
import type { PacketSource } from "../../src/core/packet.ts";
import { openFile } from "../../src/capture/file.ts";

/** A packet as it was handed on, with its bytes copied. */
export interface Seen {
  bytes: number[];
  wireLength: number;
  sec: number;
  nsec: number;
  linkType: number;
}

export interface Collected {
  packets: Seen[];
  notes: string[];
}

/** Everything that a source hands on until it ends. */
export async function drainAll(source: PacketSource, max = 1000): Promise<Collected> {
  const packets: Seen[] = [];
  const sink = {
    packet(
      bytes: Uint8Array,
      start: number,
      end: number,
      wireLength: number,
      sec: number,
      nsec: number,
      linkType: number,
    ): void {
      packets.push({ bytes: Array.from(bytes.subarray(start, end)), wireLength, sec, nsec, linkType });
    },
  };
  while (!source.ended) {
    if (source.drain(sink, max) === 0 && !source.ended) await source.wait(1000);
  }
  source.close();
  return { packets, notes: source.stats().notes };
}

/** What is read from a file of these bytes. The notes and errors call it FILE. */
export async function readCapture(bytes: Uint8Array, max = 1000): Promise<Collected> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    const { packets, notes } = await drainAll(await openFile(path), max);
    return { packets, notes: notes.map((note) => note.replaceAll(path, "FILE")) };
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(path, "FILE");
    throw error;
  } finally {
    await Deno.remove(path);
  }
}

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

/** `count` bytes that tell their position and each packet from the next. */
export function payload(count: number, seed = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: count }, (_, index) => (index * 7 + seed * 13) & 0xff);
}
