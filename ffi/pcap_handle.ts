/** An interface opened through libpcap: https://www.tcpdump.org/manpages/pcap.3pcap.html */
import { fromCBuffer, fromCPointer, toCString } from "./cstring.ts";
import { checked, NativeError } from "./errors.ts";
import { compileOn, programStruct } from "./filter.ts";
import { PCAP_ERROR_BYTES, PCAP_PKTHDR, PCAP_STAT } from "./layout.ts";
import { libpcap, pcapFailure } from "./libpcap.ts";
import { linkTypeOfDlt } from "./linktype.ts";

export interface PcapOptions {
  readonly snapLength: number;
  readonly promiscuous: boolean;
  /** How long packets may be collected before they are handed over. */
  readonly timeoutMs: number;
  readonly bufferBytes: number;
}

const NANOSECONDS = 1;
/**
 * How much memory behind the first packet's address one view covers. On Linux all packets come at the same address; on
 * other systems they come one after another from a read buffer, which is smaller than this. A view is only ever read
 * within a packet, so what lies behind the buffer does not matter.
 */
const WINDOW_BYTES = 4 * 1024 * 1024;

export class PcapHandle {
  readonly device: string;
  /** LINKTYPE_ value of the packets. */
  readonly linkType: number;
  /** To be polled for packets; -1 where there is none. */
  readonly descriptor: number;
  /** What was asked for and is not so, in words; empty for nothing. */
  readonly warning: string;

  /** The packet that `next` has read: valid until it is called again. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  wireLength = 0;
  sec = 0;
  nsec = 0;

  readonly #pointer: Deno.PointerObject;
  readonly #symbols = libpcap();
  readonly #nsecPerUnit: number;
  readonly #headerOut = new Uint8Array(8);
  readonly #dataOut = new Uint8Array(8);
  readonly #headerAddress = new Uint32Array(this.#headerOut.buffer);
  readonly #dataAddress = new Uint32Array(this.#dataOut.buffer);
  #header = new DataView(new ArrayBuffer(PCAP_PKTHDR.size));
  #headerAt = -1;
  #windowAt = -1;

  /** Opens and activates, without blocking reads. Throws a NativeError; nothing is left open then. */
  constructor(device: string, options: PcapOptions) {
    const symbols = this.#symbols, error = new Uint8Array(PCAP_ERROR_BYTES);
    const pointer = symbols.pcap_create(toCString(device), error);
    if (pointer === null) throw new NativeError("device", `${device}: ${fromCBuffer(error)}`);
    this.device = device;
    this.#pointer = pointer;
    const why = pcapFailure(pointer);
    try {
      checked(symbols.pcap_set_snaplen(pointer, options.snapLength), `${device}: snap length`, why);
      checked(symbols.pcap_set_promisc(pointer, options.promiscuous ? 1 : 0), `${device}: promiscuous mode`, why);
      checked(symbols.pcap_set_timeout(pointer, options.timeoutMs), `${device}: time-out`, why);
      checked(symbols.pcap_set_buffer_size(pointer, options.bufferBytes), `${device}: buffer size`, why);
      this.#nsecPerUnit = symbols.pcap_set_tstamp_precision(pointer, NANOSECONDS) === 0 ? 1 : 1000;
      const status = checked(symbols.pcap_activate(pointer), device, why);
      this.warning = status === 0
        ? ""
        : fromCPointer(symbols.pcap_geterr(pointer)) || fromCPointer(symbols.pcap_statustostr(status));
      checked(
        symbols.pcap_setnonblock(pointer, 1, error),
        `${device}: reads that do not block`,
        (code) => ({ kind: "system", text: fromCBuffer(error), code }),
      );
      this.linkType = linkTypeOfDlt(checked(symbols.pcap_datalink(pointer), `${device}: link type`, why));
      this.descriptor = symbols.pcap_get_selectable_fd?.(pointer) ?? -1;
    } catch (error) {
      symbols.pcap_close(pointer);
      throw error;
    }
  }

  /**
   * Compiles a filter for what this handle delivers. Unlike `compileFilter` this knows what only holds on a live
   * interface: tags that the kernel has taken off (`vlan`), the direction (`inbound`).
   */
  compile(expression: string): Uint8Array<ArrayBuffer> {
    return compileOn(this.#pointer, expression);
  }

  /** From now on only packets that the program accepts are delivered. */
  setFilter(instructions: Uint8Array<ArrayBuffer>): void {
    const code = this.#symbols.pcap_setfilter(this.#pointer, programStruct(instructions));
    checked(code, `${this.device}: setting the filter`, pcapFailure(this.#pointer));
  }

  /** Reads a packet: 1 if there was one, 0 if there is none now, less than 0 when there will be none again. */
  next(): number {
    const code = this.#symbols.pcap_next_ex(this.#pointer, this.#headerOut, this.#dataOut);
    if (code !== 1) return code;
    const headerAt = this.#headerAddress[1] * 4294967296 + this.#headerAddress[0];
    if (headerAt !== this.#headerAt) {
      this.#header = new DataView(memory(headerAt, PCAP_PKTHDR.size));
      this.#headerAt = headerAt;
    }
    const header = this.#header;
    const captured = header.getUint32(PCAP_PKTHDR.captured, true);
    const dataAt = this.#dataAddress[1] * 4294967296 + this.#dataAddress[0];
    if (dataAt < this.#windowAt || dataAt + captured > this.#windowAt + WINDOW_BYTES || this.#windowAt < 0) {
      this.bytes = new Uint8Array(memory(dataAt, WINDOW_BYTES));
      this.#windowAt = dataAt;
    }
    this.start = dataAt - this.#windowAt;
    this.end = this.start + captured;
    this.wireLength = header.getUint32(PCAP_PKTHDR.wire, true);
    this.sec = header.getUint32(PCAP_PKTHDR.seconds, true);
    this.nsec = header.getUint32(PCAP_PKTHDR.fraction, true) * this.#nsecPerUnit;
    return 1;
  }

  /** Why the last call failed. */
  errorText(): string {
    return fromCPointer(this.#symbols.pcap_geterr(this.#pointer));
  }

  /** Packets that came since the start and those of them for which there was no room; zeros where it is not known. */
  statistics(): { received: number; dropped: number } {
    const counters = new Uint8Array(PCAP_STAT.size), view = new DataView(counters.buffer);
    if (this.#symbols.pcap_stats(this.#pointer, counters) < 0) return { received: 0, dropped: 0 };
    return { received: view.getUint32(PCAP_STAT.received, true), dropped: view.getUint32(PCAP_STAT.dropped, true) };
  }

  /** Closes; the packet in hand is gone. Must be called once, when no poll of `descriptor` is under way. */
  close(): void {
    this.bytes = new Uint8Array(0);
    this.#windowAt = -1;
    this.#symbols.pcap_close(this.#pointer);
  }
}

function memory(address: number, length: number): ArrayBuffer {
  const pointer = Deno.UnsafePointer.create(BigInt(address));
  if (pointer === null) throw new NativeError("system", "libpcap handed out a null pointer");
  return Deno.UnsafePointerView.getArrayBuffer(pointer, length);
}
