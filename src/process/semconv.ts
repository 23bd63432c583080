/**
 * OpenTelemetry's semantic conventions 1.45.0 (https://opentelemetry.io/docs/specs/semconv/): what the contract's span
 * says, by their names. One table; what has no counterpart in the conventions keeps its key, and what their key would say
 * wrongly is left out.
 */
import { statusName } from "../core/grpc_status.ts";
import type { SpanFacts } from "../core/protocol.ts";
import type { SpanAttribute, SpanValue } from "../core/span.ts";
import { CLIENT, SERVER, type Span } from "./span.ts";
import { sqlSummary } from "./sql_summary.ts";

/** Is given an attribute's value and adds what the conventions have for it. */
type Rule = (value: SpanValue, attributes: Attributes, span: Span) => void;

/** The attributes in the making. */
class Attributes {
  readonly list: SpanAttribute[] = [];

  constructor(readonly facts: SpanFacts) {}

  add(key: string, value: SpanValue): void {
    this.list.push([key, value]);
  }

  /** Adds a text that is not empty. */
  addText(key: string, text: string | undefined): void {
    if (text !== undefined && text !== "") this.list.push([key, text]);
  }

  /** The text of an attribute that was added; empty when there is none. */
  text(key: string): string {
    const value = this.list.find(([added]) => added === key)?.[1];
    return value === undefined ? "" : String(value);
  }

  /** The text of an attribute of the contract. */
  told(key: string): string {
    const value = this.facts.attributes.find(([told]) => told === key)?.[1];
    return value === undefined ? "" : String(value);
  }
}

/** Renames. */
const to = (key: string): Rule => (value, attributes) => attributes.add(key, value);
/** Renames, unless the text is empty. */
const toText = (key: string): Rule => (value, attributes) => attributes.addText(key, String(value));
const nothing: Rule = () => {};

const HTTP_METHODS = new Set("GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY".split(" "));
/** What the conventions have where a value is not one of the known ones. */
const OTHER = "_OTHER";

/** Status codes of gRPC that are errors of the server; for the client, all but OK are errors. */
const GRPC_SERVER_ERRORS = new Set("UNKNOWN DEADLINE_EXCEEDED UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS".split(" "));

/** Commands whose text is SQL, as MySQL and PostgreSQL name them. */
const SQL_OPERATIONS = new Set(["QUERY", "PREPARE", "EXECUTE", "BULK_EXECUTE", "Query"]);

/** Types of messaging operations. */
const OPERATION_TYPES: Readonly<Record<string, string>> = {
  "Basic.Publish": "send",
  "Basic.Get": "receive",
  "Basic.Deliver": "receive",
  "Produce": "send",
  "Fetch": "receive",
};

const TABLE: Readonly<Record<string, Rule>> = {
  "http.request.size": to("http.request.body.size"),
  "http.response.size": to("http.response.body.size"),
  "http.request.method"(value, attributes) {
    const method = String(value);
    attributes.add("http.request.method", HTTP_METHODS.has(method) ? method : OTHER);
    if (!HTTP_METHODS.has(method)) attributes.add("http.request.method_original", method);
  },
  "http.response.status_code"(value, attributes, span) {
    const status = Number(value);
    if (!Number.isInteger(status)) return;
    attributes.add("http.response.status_code", status);
    span.message = "";
    if (attributes.told("error.type") !== "") return;
    if (span.kind === SERVER && status < 500) span.failed = false;
    if (span.failed) attributes.add("error.type", String(status));
  },
  "url.full"(value, attributes, span) {
    const scheme = attributes.told("url.scheme") || "http";
    const path = pathOf(String(value)), query = path.indexOf("?");
    if (span.kind === CLIENT) attributes.add("url.full", `${scheme}://${authorityOf(attributes)}${path}`);
    attributes.addText("url.path", query < 0 ? path : path.slice(0, query));
    if (query >= 0) attributes.addText("url.query", path.slice(query + 1));
    attributes.add("url.scheme", scheme);
  },
  "url.scheme": nothing,
  "client.remote.host": (value, attributes) => {
    if (value !== "") attributes.add("http.request.header.host", [String(value)]);
  },
  "network.protocol.name": (value, attributes) =>
    attributes.add("network.protocol.name", value === "http2" ? "http" : value),
  "network.protocol.version": (value, attributes) =>
    attributes.add("network.protocol.version", value === "2.0" ? "2" : value),
  "network.peer.address": to("client.address"),
  "network.peer.port": to("client.port"),

  "rpc.system": to("rpc.system.name"),
  "rpc.method": nothing,
  "rpc.service"(value, attributes) {
    const service = String(value), method = attributes.told("rpc.method");
    const isQualified = service.endsWith(`.${method}`) && method !== "";
    attributes.add("rpc.method", isQualified ? `${service.slice(0, -method.length - 1)}/${method}` : service || OTHER);
  },
  "rpc.grpc.status_code"(value, attributes, span) {
    const code = statusName(String(value));
    if (!/^[A-Z_]+$/.test(code)) return; // none was sent, or it is not known
    attributes.add("rpc.status_code", code);
    if (attributes.told("error.type") !== "") return;
    if (span.kind === SERVER && !GRPC_SERVER_ERRORS.has(code)) span.failed = false;
    if (span.failed) attributes.add("error.type", code);
  },

  "db.query.text"(value, attributes) {
    if (attributes.told("db.system.name") === "mongodb") {
      return attributes.addText("db.collection.name", attributes.facts.target);
    }
    attributes.addText("db.query.text", String(value));
    if (runsSql(attributes)) attributes.addText("db.query.summary", sqlSummary(String(value)));
  },
  // That a statement is run is no operation: what the statement does is, and its summary says so.
  "db.operation.name": (value, attributes) => {
    if (!runsSql(attributes)) attributes.add("db.operation.name", value);
  },
  "db.namespace": toText("db.namespace"),
  "db.response.status_code": (value, attributes) => {
    if (value !== 0) attributes.add("db.response.status_code", String(value));
  },
  "error.code"(value, attributes) {
    attributes.add("db.response.status_code", String(value));
    attributes.add("error.type", String(value));
  },
  "error.sql_state": (value, attributes) => {
    if (value !== "" && String(value) !== attributes.told("error.code")) attributes.add("error.sql_state", value);
  },
  // Of the databases it is a message, or a severity: the code that follows says it better.
  "error.type"(value, attributes) {
    if (attributes.told("error.code") !== "") return;
    const code = attributes.told("db.response.status_code");
    attributes.add("error.type", code === "" || code === "0" ? value : code);
  },

  "messaging.name"(value, attributes) {
    attributes.add("messaging.system.name", value === "amqp" ? "rabbitmq" : value);
    attributes.addText("messaging.destination.name", destinationOf(attributes));
  },
  "messaging.operation.name"(value, attributes) {
    attributes.add("messaging.operation.name", value);
    const type = OPERATION_TYPES[String(value)];
    if (type !== undefined) attributes.add("messaging.operation.type", type);
  },
  "messaging.client.id": toText("messaging.client.id"),
  "messaging.consumer.group.name": toText("messaging.consumer.group.name"),
  "messaging.message.body.size": nothing, // it is the response's size, not a message's
  "messaging.amqp.destination.routing_key": toText("rabbitmq.destination.routing_key"),
  "messaging.amqp.destination.exchange_name": nothing,
  "messaging.amqp.destination.queue_name": nothing,

  "dns.question.type"(value, attributes) {
    attributes.add("dns.question.name", attributes.facts.name);
    attributes.add("dns.question.type", value);
  },
};

/** Families of keys, with the name of a header at their end. */
const PREFIXES: ReadonlyArray<readonly [from: string, to: string]> = [
  ["rpc.grpc.request.metadata.", "rpc.request.metadata."],
  ["rpc.grpc.response.metadata.", "rpc.response.metadata."],
];

/** Whether the text of a database's request is an SQL statement. */
function runsSql(attributes: Attributes): boolean {
  return attributes.told("db.query.text") !== "" && SQL_OPERATIONS.has(attributes.told("db.operation.name"));
}

/** Path and query of a request's target; empty where it has no path (`*`, and the authority of a CONNECT). */
function pathOf(target: string): string {
  const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/.exec(target);
  const rest = absolute === null ? target : target.slice(absolute[0].length);
  return rest.startsWith("/") ? rest : "";
}

/** Host and port that a request is for. */
function authorityOf(attributes: Attributes): string {
  const host = attributes.told("server.address");
  const named = attributes.told("client.remote.host");
  return named !== "" ? named : `${host.includes(":") ? `[${host}]` : host}:${attributes.told("server.port")}`;
}

/** RabbitMQ's destination is the exchange, the routing key and the queue, as far as they have names. */
function destinationOf(attributes: Attributes): string {
  const { target } = attributes.facts;
  if (target !== undefined) return target;
  return ["exchange_name", "routing_key", "queue_name"]
    .map((part) => attributes.told(`messaging.amqp.destination.${part}`)).filter((name) => name !== "").join(":");
}

/** Names of spans: of few kinds, however many things are asked for. */
function nameOf(attributes: Attributes): string {
  const { facts } = attributes;
  const method = attributes.text("http.request.method");
  if (method !== "") return method === OTHER ? "HTTP" : method;
  if (attributes.text("rpc.system.name") !== "") return attributes.text("rpc.method");
  if (attributes.text("dns.question.type") !== "") return `DNS ${attributes.text("dns.question.type")}`;
  const summary = attributes.text("db.query.summary");
  if (summary !== "") return summary;
  const target = attributes.text("db.collection.name") || attributes.text("messaging.destination.name");
  return target === "" ? facts.name : `${facts.name} ${target}`;
}

/**
 * Rewrites a span's name and attributes. Whether it failed changes where the conventions hold another view than the
 * protocol: that a server refused what a client asked is no error of the server.
 */
export function rewrite(facts: SpanFacts, span: Span): void {
  const attributes = new Attributes(facts);
  for (const [key, value] of facts.attributes) {
    const rule = Object.hasOwn(TABLE, key) ? TABLE[key] : undefined;
    if (rule !== undefined) {
      rule(value, attributes, span);
      continue;
    }
    const prefix = PREFIXES.find(([from]) => key.startsWith(from));
    attributes.add(prefix === undefined ? key : prefix[1] + key.slice(prefix[0].length), value);
  }
  if (span.failed && attributes.text("error.type") === "") attributes.add("error.type", OTHER);
  if (!span.failed) span.message = "";
  span.name = nameOf(attributes);
  span.attributes = attributes.list;
}
