/**
 * Sends a capture of HTTP again and again at a rate: `sender.ts DEVICE CAPTURE PACKETS_PER_SECOND SECONDS`. Each time its
 * clients have other addresses, so that connections are new ones. Prints what it sent as JSON.
 */
import { PacketSender } from "../../ffi/packet_sender.ts";

/** What was sent. */
export interface Sent {
  readonly packets: number;
  /** Of these, responses. */
  readonly responses: number;
  readonly seconds: number;
}

/** Frames of one call: more would come in bursts at low rates, and are no faster at high ones. */
const BATCH = 32;
const FILE_HEADER = 24, RECORD_HEADER = 16, CAPTURED = 8;
/** In a frame of Ethernet and IPv4 without options; ports of TCP. */
const SOURCE_ADDRESS = 26, DESTINATION_ADDRESS = 30, SOURCE_PORT = 34, DATA_OFFSET = 46;
const HTTP = 80;

class Capture {
  readonly starts: number[] = [];
  readonly lengths: number[] = [];
  /** Whether each is a response. */
  readonly isResponse: boolean[] = [];
  /** Where each has the second byte of the client's address. */
  readonly client: number[] = [];

  constructor(readonly bytes: Uint8Array<ArrayBuffer>) {
    const view = new DataView(bytes.buffer);
    for (let at = FILE_HEADER; at < bytes.length;) {
      const start = at + RECORD_HEADER, length = view.getUint32(at + CAPTURED, true);
      const isServer = view.getUint16(start + SOURCE_PORT) === HTTP;
      const header = SOURCE_PORT + (bytes[start + DATA_OFFSET] >> 4 << 2);
      this.starts.push(start);
      this.lengths.push(length);
      this.isResponse.push(isServer && length > header);
      this.client.push(start + (isServer ? DESTINATION_ADDRESS : SOURCE_ADDRESS) + 1);
      at = start + length;
    }
  }
}

function send(sender: PacketSender, capture: Capture, perSecond: number, seconds: number): Sent {
  const { bytes, starts, client, isResponse } = capture;
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  let packets = 0, responses = 0;
  for (let at = 0, pass = 0; elapsed() < seconds;) {
    while (elapsed() < packets / perSecond) { /* a timer would be late by as much as thousands of packets */ }
    const count = Math.min(BATCH, starts.length - at);
    for (let i = at; i < at + count; i++) bytes[client[i]] = pass;
    const sent = sender.send(at, count);
    for (let i = at; i < at + sent; i++) if (isResponse[i]) responses++;
    packets += sent;
    at += sent;
    if (at === starts.length) {
      at = 0;
      pass++;
    }
  }
  return { packets, responses, seconds: elapsed() };
}

if (import.meta.main) {
  const [device, file, perSecond, seconds] = Deno.args;
  const capture = new Capture(Deno.readFileSync(file));
  const sender = new PacketSender(device, capture.bytes, capture.starts, capture.lengths);
  console.log(JSON.stringify(send(sender, capture, Number(perSecond), Number(seconds))));
  sender.close();
}
