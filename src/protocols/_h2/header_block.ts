/** What a header block says (RFC 9113, section 8.3): pseudo-header fields by their meaning, all others in their order. */
import { isSecretHeader } from "../../core/secrets.ts";
import { HEADER_FIELDS, HEADER_LIST_BYTES } from "./frames.ts";
import { ENTRY_BYTES } from "./table.ts";

/** Stands for what cannot be known: the name or value of a table entry that was not seen. */
export const UNKNOWN = "<unknown>";

/** Names and values in turns, one character a byte. */
export type Fields = readonly string[];

/** The fields of one header block. One object a connection, filled anew for each block. */
export class HeaderBlock {
  /** Empty where the field is not there, or unknown. */
  method = "";
  scheme = "";
  authority = "";
  path = "";
  status = "";
  /** Fields whose name is not known. */
  unknown = 0;
  /** Whether the block held more than is kept. */
  cut = false;
  /** Size as section 6.5.2 counts it, of what is kept. */
  bytes = 0;
  /** Room that is used again: `#length` of it is filled. */
  readonly #fields: string[] = [];
  #length = 0;

  clear(): void {
    this.method =
      this.scheme =
      this.authority =
      this.path =
      this.status =
        "";
    this.unknown = this.bytes = 0;
    this.cut = false;
    this.#length = 0;
  }

  add(name: string, value: string): void {
    const bytes = name.length + value.length + ENTRY_BYTES;
    if (this.bytes + bytes > HEADER_LIST_BYTES || this.#length >= 2 * HEADER_FIELDS) {
      this.cut = true;
      return;
    }
    this.bytes += bytes;
    if (name.charCodeAt(0) !== 0x3a) { // no colon
      if (name === UNKNOWN) this.unknown++;
      this.#fields[this.#length++] = name;
      this.#fields[this.#length++] = value;
      return;
    }
    switch (name) {
      case ":method":
        this.method = value;
        break;
      case ":scheme":
        this.scheme = value;
        break;
      case ":authority":
        this.authority = value;
        break;
      case ":path":
        this.path = value;
        break;
      case ":status":
        this.status = value;
    }
  }

  /** Whether a pseudo-header field can be read. */
  get hasPseudo(): boolean {
    return this.method !== "" || this.scheme !== "" || this.authority !== "" || this.path !== "" || this.status !== "";
  }

  /** The value of a pseudo-header field as it is to be shown: unknown when it may be among the fields that are. */
  shown(value: string): string {
    return value === "" && this.unknown > 0 ? UNKNOWN : value;
  }

  /** The first value of a field, or undefined. */
  value(name: string): string | undefined {
    for (let i = 0; i < this.#length; i += 2) if (this.#fields[i] === name) return this.#fields[i + 1];
    return undefined;
  }

  /**
   * The fields that are not pseudo-header fields. Of the unknown ones, those are left out that must be pseudo-headers.
   *
   * @param missing how many pseudo-header fields must be among the unknown fields
   */
  fields(missing: number): Fields {
    if (this.unknown === 0 || missing === 0) return this.#fields.slice(0, this.#length);
    const kept: string[] = [];
    for (let i = 0; i < this.#length; i += 2) {
      if (this.#fields[i] === UNKNOWN && this.#fields[i + 1] === UNKNOWN && missing-- > 0) continue;
      kept.push(this.#fields[i], this.#fields[i + 1]);
    }
    return kept;
  }
}

/** The first value of a field, or undefined. */
export function fieldValue(fields: Fields, name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}

/** Whether some of the fields are unknown, so that one that is looked for and not there may be among them. */
export function hasUnknown(fields: Fields): boolean {
  return fields.includes(UNKNOWN);
}

/** Whether the value of a field must not be shown; of a name that is not known, nobody can tell. */
export function isSecretField(name: string, value: string): boolean {
  return name === UNKNOWN ? value !== UNKNOWN : isSecretHeader(name);
}
