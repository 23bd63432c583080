/** A capture file of Ethernet packets, written as fast as the disk takes it. */
import { LINK, type PacketSink } from "../src/core/packet.ts";
import { PcapWriter } from "../tests/tools/pcap_writer.ts";

export class CaptureFile implements PacketSink, Disposable {
  readonly #file: Deno.FsFile;
  readonly #writer: PcapWriter;

  constructor(path: string) {
    const file = this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
    this.#writer = new PcapWriter((bytes) => {
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    }, LINK.ETHERNET);
  }

  packet(bytes: Uint8Array, start: number, end: number, wireLength: number, sec: number, nsec: number): void {
    this.#writer.packet(bytes.subarray(start, end), sec, nsec, wireLength);
  }

  [Symbol.dispose](): void {
    this.#writer.end();
    this.#file.close();
  }
}
