/**
 * Text of the data of records in the presentation format of their RFC, for the many types whose data is a plain
 * sequence of fields: a type is one line of a table.
 *
 * Each field reads at the cursor, moves it, and gives its text; undefined when the bytes are not such a field.
 */
import { u16be, u32be } from "../../bytes/read.ts";
import { latin1 } from "../../bytes/text.ts";
import { nameEnd, nameText } from "./name.ts";
import { typeWord } from "./types.ts";

/** A place in a record's data. */
export interface Cursor {
  readonly bytes: Uint8Array;
  /** Where the message begins: pointers in names count from there. */
  readonly start: number;
  at: number;
  /** The end of the record's data. */
  readonly end: number;
}

type Field = (cursor: Cursor) => string | undefined;

/** Upper-case hexadecimal digits. */
export function hexText(bytes: Uint8Array, at: number, end: number): string {
  let text = "";
  for (; at < end; at++) text += (bytes[at] < 16 ? "0" : "") + bytes[at].toString(16);
  return text.toUpperCase();
}

/** Bytes as the inside of a quoted string: `"` and `\` behind a backslash, what is not printable as `\DDD`. */
export function escapedText(bytes: Uint8Array, at: number, end: number): string {
  let text = "";
  for (; at < end; at++) {
    const octet = bytes[at];
    if (octet < 0x20 || octet > 0x7e) text += "\\" + String(octet).padStart(3, "0");
    else text += (octet === 0x22 || octet === 0x5c ? "\\" : "") + String.fromCharCode(octet);
  }
  return text;
}

/** Takes the next `count` bytes; their position, or -1 when they are not all there. */
function take(cursor: Cursor, count: number): number {
  const at = cursor.at;
  if (at + count > cursor.end) return -1;
  cursor.at += count;
  return at;
}

/** Takes a length byte and as many bytes; the position of the length byte, or -1 when they are not all there. */
function takeCounted(cursor: Cursor): number {
  return cursor.at < cursor.end ? take(cursor, 1 + cursor.bytes[cursor.at]) : -1;
}

const u8: Field = (cursor) => {
  const at = take(cursor, 1);
  return at < 0 ? undefined : String(cursor.bytes[at]);
};
const u16: Field = (cursor) => {
  const at = take(cursor, 2);
  return at < 0 ? undefined : String(u16be(cursor.bytes, at));
};
const u32: Field = (cursor) => {
  const at = take(cursor, 4);
  return at < 0 ? undefined : String(u32be(cursor.bytes, at));
};
const type: Field = (cursor) => {
  const at = take(cursor, 2);
  return at < 0 ? undefined : typeWord(u16be(cursor.bytes, at));
};
/** An instant as YYYYMMDDHHmmSS (RFC 4034 section 3.2). */
const instant: Field = (cursor) => {
  const at = take(cursor, 4);
  if (at < 0) return undefined;
  return new Date(u32be(cursor.bytes, at) * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, "");
};
/** An instant of 48 bits as seconds (RFC 8945 section 4.2). */
const seconds48: Field = (cursor) => {
  const at = take(cursor, 6);
  return at < 0 ? undefined : String(u16be(cursor.bytes, at) * 4294967296 + u32be(cursor.bytes, at + 2));
};
const name: Field = (cursor) => {
  const { bytes, start, at, end } = cursor;
  const behind = nameEnd(bytes, start, at, end);
  if (behind < 0) return undefined;
  cursor.at = behind;
  return nameText(bytes, start, at, end);
};
const quoted: Field = (cursor) => {
  const at = takeCounted(cursor);
  return at < 0 ? undefined : `"${escapedText(cursor.bytes, at + 1, cursor.at)}"`;
};
const quotedStrings: Field = (cursor) => {
  const strings: string[] = [];
  while (cursor.at < cursor.end) {
    const text = quoted(cursor);
    if (text === undefined) return undefined;
    strings.push(text);
  }
  return strings.join(" ");
};
const quotedRest: Field = (cursor) =>
  `"${escapedText(cursor.bytes, take(cursor, cursor.end - cursor.at), cursor.end)}"`;
/** A word that is printed without quotes: the tag of CAA (RFC 8659 section 4.1.1). */
const word: Field = (cursor) => {
  const at = takeCounted(cursor);
  return at < 0 ? undefined : escapedText(cursor.bytes, at + 1, cursor.at);
};
const hexRest: Field = (cursor) => hexText(cursor.bytes, take(cursor, cursor.end - cursor.at), cursor.end);
const base64Rest: Field = (cursor) => btoa(latin1(cursor.bytes, take(cursor, cursor.end - cursor.at), cursor.end));
/** Bytes counted by 16 bits, in base64. */
const base64Counted: Field = (cursor) => {
  const lengthAt = take(cursor, 2);
  const at = lengthAt < 0 ? -1 : take(cursor, u16be(cursor.bytes, lengthAt));
  return at < 0 ? undefined : btoa(latin1(cursor.bytes, at, cursor.at));
};
/** Salt of NSEC3: `-` when it is empty (RFC 5155 section 3.3). */
const salt: Field = (cursor) => {
  const at = takeCounted(cursor);
  if (at < 0) return undefined;
  return at + 1 === cursor.at ? "-" : hexText(cursor.bytes, at + 1, cursor.at);
};
const BASE32HEX = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
/** The hashed owner name of NSEC3 in base32 with the extended hex alphabet, not padded (RFC 5155 section 3.3). */
const hashedName: Field = (cursor) => {
  const at = takeCounted(cursor);
  if (at < 0) return undefined;
  let text = "", bits = 0, held = 0;
  for (let i = at + 1; i < cursor.at; i++) {
    held = ((held << 8) | cursor.bytes[i]) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32HEX[(held >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + BASE32HEX[(held << (5 - bits)) & 31];
};
/** Types as windows of bits: number, length, bits (RFC 4034 section 4.1.2). */
const types: Field = (cursor) => {
  const { bytes, end } = cursor;
  const words: string[] = [];
  let lastWindow = -1;
  while (cursor.at < end) {
    const at = take(cursor, 2);
    if (at < 0 || bytes[at] <= lastWindow || bytes[at + 1] > 32 || take(cursor, bytes[at + 1]) < 0) return undefined;
    lastWindow = bytes[at];
    for (let bit = 0; bit < bytes[at + 1] * 8; bit++) {
      if ((bytes[at + 2 + (bit >> 3)] & (0x80 >> (bit & 7))) !== 0) words.push(typeWord(lastWindow * 256 + bit));
    }
  }
  return words.join(" ");
};
/** An EUI address: all its bytes in hexadecimal, with dashes between (RFC 7043). */
const eui: Field = (cursor) => hexRest(cursor)!.toLowerCase().replace(/..(?=.)/g, "$&-");

const LAYOUTS: ReadonlyMap<number, readonly Field[]> = new Map<number, readonly Field[]>([
  [3, [name]], // MD, MF, MB, MG, MR: RFC 1035 section 3.3
  [4, [name]],
  [7, [name]],
  [8, [name]],
  [9, [name]],
  [13, [quoted, quoted]], // HINFO: RFC 1035 section 3.3.2
  [14, [name, name]], // MINFO: RFC 1035 section 3.3.7
  [17, [name, name]], // RP: RFC 1183 section 2.2
  [18, [u16, name]], // AFSDB: RFC 1183 section 1
  [19, [quoted]], // X25: RFC 1183 section 3.1
  [20, [quotedStrings]], // ISDN: RFC 1183 section 3.2
  [21, [u16, name]], // RT: RFC 1183 section 3.3
  [24, [type, u8, u8, u32, instant, instant, u16, name, base64Rest]], // SIG: RFC 2535 section 4.1
  [25, [u16, u8, u8, base64Rest]], // KEY: RFC 2535 section 3.1
  [26, [u16, name, name]], // PX: RFC 2163 section 4
  [27, [quoted, quoted, quoted]], // GPOS: RFC 1712
  [35, [u16, u16, quoted, quoted, quoted, name]], // NAPTR: RFC 3403 section 4
  [36, [u16, name]], // KX: RFC 2230
  [37, [u16, u16, u8, base64Rest]], // CERT: RFC 4398 section 2
  [39, [name]], // DNAME: RFC 6672 section 2
  [43, [u16, u8, u8, hexRest]], // DS: RFC 4034 section 5
  [44, [u8, u8, hexRest]], // SSHFP: RFC 4255 section 3
  [46, [type, u8, u8, u32, instant, instant, u16, name, base64Rest]], // RRSIG: RFC 4034 section 3
  [47, [name, types]], // NSEC: RFC 4034 section 4
  [48, [u16, u8, u8, base64Rest]], // DNSKEY: RFC 4034 section 2
  [49, [base64Rest]], // DHCID: RFC 4701
  [50, [u8, u8, u16, salt, hashedName, types]], // NSEC3: RFC 5155 section 3
  [51, [u8, u8, u16, salt]], // NSEC3PARAM: RFC 5155 section 4
  [52, [u8, u8, u8, hexRest]], // TLSA: RFC 6698 section 2
  [53, [u8, u8, u8, hexRest]], // SMIMEA: RFC 8162
  [59, [u16, u8, u8, hexRest]], // CDS: RFC 7344
  [60, [u16, u8, u8, base64Rest]], // CDNSKEY: RFC 7344
  [61, [base64Rest]], // OPENPGPKEY: RFC 7929
  [62, [u32, u16, types]], // CSYNC: RFC 7477
  [63, [u32, u8, u8, hexRest]], // ZONEMD: RFC 8976
  [66, [type, u8, u16, name]], // DSYNC: RFC 9859
  [107, [u16, name]], // LP: RFC 6742
  [108, [eui]], // EUI48: RFC 7043
  [109, [eui]], // EUI64
  [250, [name, seconds48, u16, base64Counted, u16, u16, base64Counted]], // TSIG: RFC 8945 section 4.2
  [256, [u16, u16, quotedRest]], // URI: RFC 7553
  [257, [u8, word, quotedRest]], // CAA: RFC 8659
  [258, [quotedStrings]], // AVC
  [261, [quotedStrings]], // RESINFO: RFC 9606
  [262, [quotedStrings]], // WALLET
  [32768, [u16, u8, u8, hexRest]], // TA
  [32769, [u16, u8, u8, hexRest]], // DLV: RFC 4431
]);

/** Text of a record's data by the table; undefined for a type that is not in it, or bytes that do not fit. */
export function fieldsText(recordType: number, cursor: Cursor): string | undefined {
  const layout = LAYOUTS.get(recordType);
  if (layout === undefined) return undefined;
  const texts: string[] = [];
  for (const field of layout) {
    const text = field(cursor);
    if (text === undefined) return undefined;
    if (text !== "") texts.push(text);
  }
  return cursor.at === cursor.end ? texts.join(" ") : undefined;
}
