/** Header fields as the contract prints them: canonical names in bytewise order, each with its values in order. */
import { utf8FromLatin1 } from "../../bytes/text.ts";
import type { JsonWriter } from "../../core/json.ts";
import type { TraceHeaders } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import { isSecretHeader, MASK, maskTarget } from "../../core/secrets.ts";
import { canonicalName, jsonOpening } from "../_http/names.ts";
import { type Fields, UNKNOWN } from "./header_block.ts";
import type { Stream } from "./stream.ts";

const PLAIN = 0, SECRET = 1, TARGET = 2;

/** What is done with a field of a name. */
interface Name {
  readonly canonical: string;
  /** `"Name":[` where nothing in the name needs an escape, else empty. */
  readonly opening: string;
  readonly kind: typeof PLAIN | typeof SECRET | typeof TARGET;
}

/** Names seen, forgotten all together when they are too many. */
const names = new Map<string, Name>();
const NAMES = 4096, LONGEST_NAME = 64;

function nameOf(sent: string): Name {
  const known = names.get(sent);
  if (known !== undefined) return known;
  const isTarget = sent === "referer" || sent === "location" || sent === "content-location";
  const canonical = canonicalName(sent);
  const name: Name = {
    canonical,
    opening: jsonOpening(canonical),
    // Of a name that is not known, nobody can tell whether it has a secret.
    kind: isTarget ? TARGET : sent === UNKNOWN || isSecretHeader(sent) ? SECRET : PLAIN,
  };
  if (names.size >= NAMES) names.clear();
  if (sent.length <= LONGEST_NAME) names.set(sent, name);
  return name;
}

function shownValue({ kind }: Name, value: string, showSecrets: boolean): string {
  if (kind !== PLAIN && !showSecrets) {
    if (kind === SECRET) return value === UNKNOWN ? UNKNOWN : MASK;
    return maskTarget(utf8FromLatin1(value));
  }
  return utf8FromLatin1(value);
}

/** The fields in order of their canonical names: filled anew for each list. */
const ordered: Name[] = [];
const indices: number[] = [];

/** Puts the fields in order: few, and nearly in order, they need no map and no sort. */
function order(fields: Fields): number {
  ordered.length = indices.length = fields.length / 2;
  for (let i = 0; i < ordered.length; i++) {
    const name = nameOf(fields[2 * i]);
    let at = i;
    for (; at > 0 && ordered[at - 1].canonical > name.canonical; at--) {
      ordered[at] = ordered[at - 1];
      indices[at] = indices[at - 1];
    }
    ordered[at] = name;
    indices[at] = 2 * i + 1;
  }
  return ordered.length;
}

/** Writes the fields as a JSON object of arrays. */
export function writeFields(fields: Fields, json: JsonWriter, showSecrets: boolean): void {
  const count = order(fields);
  json.ascii("{");
  for (let i = 0; i < count; i++) {
    const name = ordered[i];
    if (i > 0 && ordered[i - 1].canonical === name.canonical) json.ascii(",");
    else {
      if (i > 0) json.ascii("],");
      if (name.opening !== "") json.ascii(name.opening);
      else {
        json.string(name.canonical);
        json.ascii(":[");
      }
    }
    json.string(shownValue(name, fields[indices[i]], showSecrets));
  }
  json.ascii(count > 0 ? "]}" : "}");
}

/** The fields as attributes of a span: `prefix` and the name in lower case, with all values. */
export function fieldAttributes(prefix: string, fields: Fields, showSecrets: boolean): [string, string[]][] {
  const attributes: [string, string[]][] = [];
  const count = order(fields);
  for (let i = 0; i < count; i++) {
    const name = ordered[i], value = shownValue(name, fields[indices[i]], showSecrets);
    if (i > 0 && ordered[i - 1].canonical === name.canonical) attributes.at(-1)![1].push(value);
    else attributes.push([prefix + name.canonical.toLowerCase(), [value]]);
  }
  return attributes;
}

/** All values of a field, joined by commas; empty when there is none. */
function joined(fields: Fields, name: string): string {
  let values = "";
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === name) values += values === "" ? fields[i + 1] : `,${fields[i + 1]}`;
  }
  return values;
}

/** What a stream says of the trace that it belongs to. */
export function traceHeaders({ answered, detail }: RoundTrip<Stream>): TraceHeaders | undefined {
  for (const fields of answered ? [detail.requestFields, detail.responseFields] : [detail.requestFields]) {
    const traceparent = joined(fields, "traceparent");
    if (traceparent !== "") return { traceparent, tracestate: joined(fields, "tracestate") };
  }
  return undefined;
}
