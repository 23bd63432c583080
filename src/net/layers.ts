/** Where the headers of the packet in hand lie: filled in by link, IP and transport parsing, used before the next packet. */
export class Layers {
  /** Ethernet type of what follows the link header; the parsers of raw IP set it from the version nibble. */
  etherType = 0;
  /** First byte of the network header. */
  network = 0;
  /** One past the last byte that is there, and one past the last byte that was on the wire. */
  end = 0;
  wireEnd = 0;
  /** 4 or 6. */
  version = 0;
  /** First byte of the source and of the destination address, and how many 32-bit words an address has. */
  source = 0;
  destination = 0;
  addressWords = 1;
  /** Identification of an IPv4 packet; 0 for IPv6. */
  identification = 0;
  /** IP protocol number, and the first byte of its header. */
  protocol = 0;
  transport = 0;
  /** For a fragment: its place in the whole, whether more follow, and the identification; `isFragment` is false else. */
  isFragment = false;
  fragmentOffset = 0;
  moreFragments = false;
  fragmentId = 0;
}

/**
 * Room for a payload that is put together anew, behind the addresses of the packet in hand:
 * | source | destination | payload |. The layers point at it from then on.
 */
export function withPayload(length: number, bytes: Uint8Array, layers: Layers): Uint8Array {
  const { source, destination } = layers;
  const addressLength = 4 * layers.addressWords;
  const start = 2 * addressLength;
  const whole = new Uint8Array(start + length);
  whole.set(bytes.subarray(source, source + addressLength));
  whole.set(bytes.subarray(destination, destination + addressLength), addressLength);
  layers.source = 0;
  layers.destination = addressLength;
  layers.transport = start;
  layers.end = layers.wireEnd = whole.length;
  return whole;
}
