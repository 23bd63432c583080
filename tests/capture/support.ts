/** What the tests of live capture share: whether the machine can, datagrams to capture, and packets made by hand. */
import dgram from "node:dgram";
import { once } from "node:events";
import { compileFilter, NativeError } from "../../ffi/mod.ts";
import type { Transport } from "../../src/core/flow.ts";
import { LINK, type PacketSink, type PacketSource } from "../../src/core/packet.ts";
import { RingSource } from "../../src/capture/ring.ts";

/** Why libpcap cannot be used here; empty if it can. */
export const withoutLibpcap = reason(() => compileFilter("", LINK.ETHERNET, 65535));
/** Why packets cannot be captured here; empty if they can. */
export const withoutCapture = withoutLibpcap !== ""
  ? withoutLibpcap
  : Deno.build.os !== "linux"
  ? "needs Linux"
  : reason(() => new RingSource("lo", { blocks: 2 }).close());

function reason(attempt: () => void): string {
  try {
    attempt();
    return "";
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    return error.kind === "library" ? "libpcap is not installed" : "needs CAP_NET_RAW";
  }
}

/** A test that is skipped, saying why, where the machine does not have what it needs. */
export function testWhere(missing: string, name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name: missing === "" ? name : `${name} (skipped: ${missing})`, ignore: missing !== "", fn });
}

export function transportsOf(protocol: string): readonly Transport[] | undefined {
  return protocol === "dns" ? ["udp", "tcp"] : protocol === "http" ? ["tcp"] : undefined;
}

/** A UDP port of 127.0.0.1 that nobody else uses, datagrams sent to it. */
export class Datagrams {
  readonly #receiver = dgram.createSocket("udp4");
  readonly #sender = dgram.createSocket("udp4");
  port = 0;

  static async open(): Promise<Datagrams> {
    const datagrams = new Datagrams();
    datagrams.#receiver.bind(0, "127.0.0.1");
    await once(datagrams.#receiver, "listening");
    datagrams.port = datagrams.#receiver.address().port;
    return datagrams;
  }

  /** Sends `count` datagrams of `length` bytes, numbered from 0 in their first four bytes. */
  async send(count: number, length: number): Promise<void> {
    const bytes = new Uint8Array(length), view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) {
      view.setUint32(0, i);
      await new Promise<void>((resolve, reject) =>
        this.#sender.send(bytes, this.port, "127.0.0.1", (error) => error ? reject(error) : resolve())
      );
    }
  }

  async close(): Promise<void> {
    const closed = [once(this.#receiver, "close"), once(this.#sender, "close")];
    this.#receiver.close();
    this.#sender.close();
    await Promise.all(closed);
  }
}

/** Takes packets until `count` have come (or five seconds have passed), then a little longer for those too many. */
export async function take(sources: readonly PacketSource[], sink: PacketSink, count: number): Promise<number> {
  let taken = 0;
  let end = performance.now() + 5000, complete = false;
  while (performance.now() < end) {
    let now = 0;
    for (const source of sources) now += source.drain(sink, 256);
    taken += now;
    if (taken >= count && !complete) {
      complete = true;
      end = performance.now() + 100;
    }
    if (now === 0) await Promise.race(sources.map((source) => source.wait(20)));
  }
  return taken;
}

function u16(value: number): number[] {
  return [value >> 8, value & 255];
}

/** RFC 768: header and ten bytes. */
export function udp(sourcePort: number, port: number): number[] {
  return [...u16(sourcePort), ...u16(port), ...u16(18), 0, 0, ...new Array(10).fill(0x61)];
}

/** RFC 9293, 3.1: a header without options. */
export function tcp(sourcePort: number, port: number): number[] {
  return [...u16(sourcePort), ...u16(port), 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0];
}

/** RFC 791, 3.1, from 10.0.0.1 to 10.0.0.2; the offset of a fragment counts in units of 8 bytes. */
export function ipv4(protocol: number, payload: number[], fragmentOffset = 0, options: number[] = []): number[] {
  const length = 20 + options.length;
  const header = [0x40 | length >> 2, 0, ...u16(length + payload.length), 0, 1, ...u16(fragmentOffset), 64, protocol];
  return [...header, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, ...options, ...payload];
}

/** RFC 8200, 3, from fd00::1 to fd00::2. */
export function ipv6(nextHeader: number, payload: number[]): number[] {
  const prefix = [0xfd, ...new Array(14).fill(0)];
  return [0x60, 0, 0, 0, ...u16(payload.length), nextHeader, 64, ...prefix, 1, ...prefix, 2, ...payload];
}

/** RFC 8200, 4.3: hop-by-hop options, only padding, in front of a payload of `nextHeader`. */
export function hopByHop(nextHeader: number, payload: number[]): number[] {
  return [nextHeader, 0, 1, 4, 0, 0, 0, 0, ...payload];
}

/** IEEE 802.3 with EtherType, and 802.1Q tags as pairs of type and tag control information. */
export function ethernet(type: number, payload: number[], tags: [type: number, control: number][] = []): Uint8Array {
  const addresses = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
  const tagged = tags.flatMap(([tagType, control]) => [...u16(tagType), ...u16(control)]);
  return Uint8Array.from([...addresses, ...tagged, ...u16(type), ...payload]);
}
