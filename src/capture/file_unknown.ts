/** What to say about a file that is no capture, or one of a format that is not read here. */
import { latin1 } from "../bytes/text.ts";
import type { ByteWindow } from "./file_window.ts";

interface Lookalike {
  /** The first bytes, one character each. */
  readonly magic: string;
  readonly what: string;
}

const convert = "(convert it: editcap -F pcap FILE NEW)";
const unpack = (command: string) => `(unpack it: ${command} FILE | packetd ... --pcap.file -)`;

const LOOKALIKES: readonly Lookalike[] = [
  { magic: "snoop\0\0\0", what: `is a snoop capture ${convert}` },
  { magic: "RTSS", what: `is a Network Monitor capture ${convert}` },
  { magic: "GMBU", what: `is a Network Monitor capture ${convert}` },
  { magic: "TRSNIFF data    \x1a", what: `is a Sniffer capture ${convert}` },
  { magic: "XCP\0", what: `is a NetXRay capture ${convert}` },
  { magic: "BZh", what: `is compressed with bzip2 ${unpack("bzip2 -dc")}` },
  { magic: "\xfd7zXZ\0", what: `is compressed with xz ${unpack("xz -dc")}` },
  { magic: "\x04\x22\x4d\x18", what: `is compressed with lz4 ${unpack("lz4 -dc")}` },
  { magic: "PK\x03\x04", what: `is a zip archive ${unpack("unzip -p")}` },
  { magic: "7z\xbc\xaf\x27\x1c", what: `is a 7z archive ${unpack("7z x -so")}` },
  { magic: "\x1f\x8b", what: "is compressed with gzip a second time" },
  { magic: "\x28\xb5\x2f\xfd", what: "is compressed with zstd a second time" },
  { magic: "\x0a\x0d\x0d\x0a", what: "begins like pcapng, but its section header has no byte-order magic" },
  { magic: "\x7fELF", what: "is an ELF program" },
  { magic: "%PDF", what: "is a PDF document" },
];

/** Bytes that are looked at, and those of them that are shown. */
const LOOKED_AT = 64;
const SHOWN = 16;

/** What the first bytes of a file tell: "is a snoop capture", "begins with text ("hello")". */
export function beginning(window: ByteWindow): string {
  const { bytes, view, start } = window;
  const text = latin1(bytes, start, Math.min(window.end, start + LOOKED_AT));
  for (const { magic, what } of LOOKALIKES) if (text.startsWith(magic)) return what;
  if (isBlock(view, start, window.held)) {
    return "begins with a block of pcapng, but without the section header before it";
  }
  const isText = /^[\t\n\r -~]*$/.test(text) || /^(\xef\xbb\xbf)?[\t\n\r -~\x80-\xff]{16,}$/.test(text);
  if (isText) return `begins with text (${JSON.stringify(text.slice(0, SHOWN * 2).replace(/[^ -~]+/g, " "))})`;
  const shown = Array.from(bytes.subarray(start, Math.min(window.end, start + SHOWN)));
  return `begins with the bytes ${shown.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
}

/** Whether it looks like a pcapng block of a known type (interface description to enhanced packet). */
function isBlock(view: DataView, start: number, held: number): boolean {
  if (held < 12) return false;
  return [true, false].some((little) => {
    const type = view.getUint32(start, little);
    const length = view.getUint32(start + 4, little);
    return type >= 1 && type <= 6 && length >= 12 && length % 4 === 0 && length <= held &&
      view.getUint32(start + length - 4, little) === length;
  });
}
