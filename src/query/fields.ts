/** What an expression can ask of a round trip: the names, and where their values come from. */
import { canonicalAddress } from "../core/address.ts";
import { parseDuration } from "../core/duration.ts";
import type { Endpoint } from "../core/flow.ts";
import { didYouMean } from "../core/near_miss.ts";
import type { Protocol, Rendering } from "../core/protocol.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import { labelFields } from "./labels.ts";

/** Tells whether a round trip is wanted. */
export type Predicate = (roundTrip: RoundTrip) => boolean;

/** What holds or does not. */
export interface Flag {
  readonly kind: "flag";
  readonly holds: Predicate;
}

/** A value that is counted: a duration, a size, a port. */
export interface NumberField {
  readonly kind: "number";
  /** The value, or NaN where a round trip has none. */
  read(roundTrip: RoundTrip): number;
  /** What a person wrote as a number; undefined when it is none of this kind. */
  parse(text: string): number | undefined;
  /** What `parse` understands. */
  readonly allowed: string;
}

/** A value that is text, even where it reads as a number (`status`). */
export interface TextField {
  readonly kind: "text";
  /** The value, or undefined where a round trip has none. */
  read(roundTrip: RoundTrip): string | undefined;
  /** Where only some texts can be equal: what a person wrote in the form that is read; undefined for what is none. */
  canonical?(text: string): string | undefined;
  /** What `canonical` understands, and the near miss. */
  allowed?(text: string): string;
}

/** An address with a port, which may be left out when it is compared. */
export interface EndpointField {
  readonly kind: "endpoint";
  read(roundTrip: RoundTrip): Endpoint;
}

export type Field = Flag | NumberField | TextField | EndpointField;

/** What is compared is what is printed without `--show-secrets`: nobody finds a password by asking for its letters. */
const MASKED: Rendering = { showSecrets: false };

export const ADDRESSES = "an address: 10.0.0.7 or 2001:db8::7 (names are not looked up)";

const client = ({ flow }: RoundTrip) => flow.client;
const server = ({ flow }: RoundTrip) => flow.server;

const failed: Flag = {
  kind: "flag",
  holds: (roundTrip) => roundTrip.answered && roundTrip.protocol.failed(roundTrip),
};

const asked: TextField = { kind: "text", read: (roundTrip) => roundTrip.protocol.asked(roundTrip, MASKED) };

/** The fields that do not depend on which protocols there are. */
const COMMON: Readonly<Record<string, Field>> = {
  answered: { kind: "flag", holds: ({ answered }) => answered },
  failed,
  error: failed,
  client: { kind: "endpoint", read: client },
  "client.host": hostField(client),
  "client.port": portField(client),
  server: { kind: "endpoint", read: server },
  "server.host": hostField(server),
  "server.port": portField(server),
  duration: {
    kind: "number",
    read: (roundTrip) => roundTrip.answered ? roundTrip.durationNs : NaN,
    parse: (text) => /[a-z]$/.test(text) ? parseDuration(text) : undefined,
    allowed: "a duration with its unit: 50ms, 1.5s, 2m",
  },
  "request.size": sizeField((roundTrip) => roundTrip.requestBytes),
  "response.size": sizeField((roundTrip) => roundTrip.answered ? roundTrip.responseBytes : NaN),
  asked,
  text: asked,
  result: { kind: "text", read: (roundTrip) => roundTrip.answered ? roundTrip.protocol.result(roundTrip) : undefined },
  status: { kind: "text", read: statusOf },
};

/** Every name with its field. */
export function fieldsOf(protocols: readonly Protocol[]): Map<string, Field> {
  const fields = new Map<string, Field>(labelFields(protocols));
  for (const [name, field] of Object.entries(COMMON)) fields.set(name, field);
  fields.set("protocol", protocolField(protocols.map(({ name }) => name)));
  for (const protocol of protocols) {
    fields.set(protocol.name, { kind: "flag", holds: (roundTrip) => roundTrip.protocol === protocol });
  }
  return fields;
}

/** The status code of protocols that have one, of others the result. */
function statusOf(roundTrip: RoundTrip): string | undefined {
  if (!roundTrip.answered) return undefined;
  const code = roundTrip.protocol.labels["response.status_code"];
  return code === undefined ? roundTrip.protocol.result(roundTrip) : code.read(roundTrip);
}

function protocolField(names: readonly string[]): TextField {
  return {
    kind: "text",
    read: ({ protocol }) => protocol.name,
    canonical: (text) => names.includes(text) ? text : undefined,
    allowed: (text) => `a protocol${didYouMean(text, names) || ":"} ${names.join(", ")}`,
  };
}

function hostField(of: (roundTrip: RoundTrip) => Endpoint): TextField {
  return {
    kind: "text",
    read: (roundTrip) => of(roundTrip).host,
    canonical: canonicalAddress,
    allowed: () => ADDRESSES,
  };
}

function portField(of: (roundTrip: RoundTrip) => Endpoint): NumberField {
  return {
    kind: "number",
    read: (roundTrip) => of(roundTrip).port,
    parse: (text) => /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined,
    allowed: "a port: 0 to 65535",
  };
}

function sizeField(read: (roundTrip: RoundTrip) => number): NumberField {
  return { kind: "number", read, parse: parseSize, allowed: "a size in bytes: 512, 10kB, 1.5MB, 64KiB" };
}

const UNITS = new Map([
  ["", 1],
  ["b", 1],
  ["kb", 1e3],
  ["mb", 1e6],
  ["gb", 1e9],
  ["kib", 2 ** 10],
  ["mib", 2 ** 20],
  ["gib", 2 ** 30],
]);

function parseSize(text: string): number | undefined {
  const parts = /^(\d{1,15}(?:\.\d{1,15})?)([a-z]*)$/i.exec(text);
  const unit = UNITS.get(parts?.[2].toLowerCase() ?? "none");
  return unit === undefined ? undefined : Number(parts![1]) * unit;
}
