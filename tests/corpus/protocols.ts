/**
 * What is compared of each protocol: how the truth's rows and packetd's lines name the same thing. Where they name it
 * differently, both are brought to one form.
 */
import { typeName } from "../../src/protocols/dns/types.ts";
import { statusName } from "../../src/protocols/dns/messages.ts";
import { UNKNOWN } from "../../src/protocols/postgresql/messages.ts";
import type { Row } from "./truth.ts";
import { ANY, type Transaction } from "./transaction.ts";

// deno-lint-ignore no-explicit-any -- what JSON.parse gives
export type Side = any;

export interface Reading {
  /** packetd's name of the protocol, and the truth's. */
  readonly name: string;
  readonly truth: string;
  /** Of servers, where the truth does not tell them from clients'. */
  readonly ports?: readonly number[];
  /** The transaction of a row; undefined for what is none. */
  known(row: Row): Transaction & { readonly isOptional?: boolean } | undefined;
  /** The transaction of a line; undefined for what the truth does not have. */
  printed(request: Side, response: Side): Transaction | undefined;
}

/** Those that are there, as text. */
function present(details: Record<string, unknown>): Record<string, string> {
  const there = Object.entries(details).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return Object.fromEntries(there.map(([name, value]) => [name, String(value)]));
}

/** `A (Host Address) (1)`: the name, and the number. */
function named(text: string | undefined | null): string {
  return (text ?? "").split(" (")[0];
}
function number(text: string | undefined | null): number {
  return Number(/\((\d+)\)$/.exec(text ?? "")?.[1] ?? NaN);
}

/** SQL text on one line, without the end of the statement; tshark cuts it, so its beginning is compared. */
function sql(text: string | undefined | null): string {
  return (text ?? "").replace(/\s+/g, " ").trim().replace(/;$/, "").trim().slice(0, 200);
}

/** A target without what tshark leaves away or writes in another way. */
function target(text: string | undefined | null): string {
  const plain = (text ?? "").replace(/#.*/, "").replace(/^\/\//, "");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain; // not UTF-8
  }
}

/** A name of DNS; octets that are not printable are written in many ways. */
function domain(text: string | undefined | null): string {
  const name = (text ?? "").toLowerCase().replace(/^<root>$/, "").replace(/\.+$/, "");
  return /[^!-~]|\\/.test(name) ? "?" : name;
}

const http: Reading = {
  name: "http",
  truth: "http",
  known({ method, uri, status, host, version, rsp_frame }) {
    // tshark names no response where a part of its body is missing, and reads what is no HTTP after all.
    const isCertain = Boolean(rsp_frame) && /^HTTP\/1\.[01]$/.test(version ?? "");
    const key = [method ?? "", target(uri), rsp_frame ? String(status) : ANY];
    return { key, details: present({ host, version }), isOptional: !isCertain };
  },
  printed: ({ Method, URL, RemoteHost, Proto }, { StatusCode }) => ({
    key: [Method, target(URL), String(StatusCode)],
    details: { host: RemoteHost, version: Proto },
  }),
};

const dns: Reading = {
  name: "dns",
  truth: "dns",
  ports: [53],
  known({ id, qname, qtype, rcode, answers, rsp_frame }) {
    if (!rsp_frame) return undefined;
    const type = qtype ? typeName(number(qtype)) : "";
    const details = present({ type, status: statusName(number(rcode)), answers });
    return { key: [String(Number(id)), domain(qname)], details };
  },
  printed: ({ Message: asked }, { Message: answer }) => ({
    key: [String(asked.Header.ID), domain(asked.QuestionSec.Name)],
    details: {
      type: asked.QuestionSec.Type,
      status: answer.Header.Status,
      answers: String(answer.AnswerSec?.length ?? 0),
    },
  }),
};

const redis: Reading = {
  name: "redis",
  truth: "redis",
  known({ request, response, rsp_frame }) {
    if (!rsp_frame) return undefined;
    const words = Array.isArray(request) ? request : [request];
    return { key: [String(words[0] ?? "").toUpperCase()], details: present({ type: redisType(response) }) };
  },
  printed: ({ Command }, { DataType }) => ({ key: [Command.split(" ")[0]], details: { type: DataType } }),
};

function redisType(response: unknown): string {
  if (response === null || response === undefined) return "";
  if (Array.isArray(response)) return "Array";
  if (typeof response === "number") return "Integers";
  const first = String(response)[0];
  return first === "+" ? "SimpleStrings" : first === "-" ? "Errors" : "BulkStrings";
}

/** Names of MySQL's commands that differ. */
const MYSQL_NAMES: Readonly<Record<string, string>> = {
  USE_DATABASE: "INIT_DB",
  SHOW_FIELDS: "FIELD_LIST",
  PREPARE_STATEMENT: "PREPARE",
  EXECUTE_STATEMENT: "EXECUTE",
  CLOSE_STATEMENT: "CLOSE_STMT",
  RESET_STATEMENT: "RESET_STMT",
};

function mysqlKey(command: string, statement: string | undefined): string[] {
  const name = MYSQL_NAMES[command] ?? command;
  return [name, name === "QUERY" || name === "PREPARE" ? sql(statement) : ""];
}

const mysql: Reading = {
  name: "mysql",
  truth: "mysql",
  known({ command, statement, status, error, affected, insert_id, num_fields, rsp_frame }) {
    const name = named(command).toUpperCase().replaceAll(" ", "_");
    // The last two are parts of a login that tshark takes for commands.
    if (!rsp_frame || name === "UNKNOWN" || name === "SLEEP") return undefined;
    const kind = { OK: "ok", ERR: "error", DATA: num_fields ? "rows" : "" }[status ?? ""];
    const counts = kind === "ok" ? { affected, insert: insert_id } : kind === "error" ? { code: error } : {};
    return { key: mysqlKey(name, statement), details: present({ kind, ...counts }) };
  },
  printed: ({ Command, Statement }, { Packet: { AffectedRows, LastInsertID, ErrCode } }) => ({
    key: mysqlKey(Command, Statement),
    details: {
      kind: AffectedRows !== undefined ? "ok" : ErrCode !== undefined ? "error" : "rows",
      affected: String(AffectedRows),
      insert: String(LastInsertID),
      code: String(ErrCode),
    },
  }),
};

const postgresql: Reading = {
  name: "postgresql",
  truth: "pgsql",
  known({ kind, query, tags, error, rsp_frame }) {
    const tag = tags?.[0] ?? "";
    if ((kind !== "simple" && kind !== "execute") || !(rsp_frame || tag || error)) return undefined;
    // The truth has no text of a statement that was prepared before the capture began; packetd says so.
    const text = kind === "execute" && query === "" ? UNKNOWN : query;
    const words = tag.split(" "), rows = Number(words.at(-1));
    const done = { command: words[0], rows: Number.isNaN(rows) ? 0 : rows };
    return { key: [sql(text)], details: present(error ? { code: error.code } : tag ? done : {}) };
  },
  printed({ Packet: asked }, { Packet: answer }) {
    if (asked.Statement === undefined) return undefined;
    const { Command, Rows, SQLStateCode } = answer;
    return { key: [sql(asked.Statement)], details: present({ command: Command, rows: Rows, code: SQLStateCode }) };
  },
};

const mongodb: Reading = {
  name: "mongodb",
  truth: "mongo",
  known({ opcode, request_id, full_collection, command, rsp_frame }) {
    if (!rsp_frame) return undefined;
    // Of old queries tshark takes the first field for a command.
    const isOld = /^Get More/.test(opcode ?? "") ||
      (/^Query/.test(opcode ?? "") && Boolean(full_collection) && !full_collection!.endsWith(".$cmd"));
    const name = isOld || !command ? ANY : command.toLowerCase();
    return { key: [String(Number(request_id)), name], details: {} };
  },
  printed: ({ ID, CmdName }) => ({ key: [String(ID >>> 0), CmdName.toLowerCase()], details: {} }),
};

/** What tshark prints of a topic that has no name. */
const NO_TOPIC = "[ Null ]";

const kafka: Reading = {
  name: "kafka",
  truth: "kafka",
  known({ api, api_version, correlation_id, client_id, topics, rsp_frame }) {
    if (!rsp_frame) return undefined;
    const name = named(api);
    return {
      key: [name === "Offsets" ? "ListOffsets" : name, String(correlation_id)],
      details: present({ version: api_version, client: client_id, topic: topics?.find((topic) => topic !== NO_TOPIC) }),
    };
  },
  printed: ({ CorrelationID, Packet: { API, APIVersion, ClientID, Topic } }) => ({
    key: [API, String(CorrelationID)],
    details: { version: String(APIVersion), client: ClientID, topic: Topic },
  }),
};

const http2: Reading = {
  name: "http2",
  truth: "http2",
  known({ path, status, method, authority, rsp_frame }) {
    if (!rsp_frame) return undefined;
    // Without a path: a promise of the server, or names that lie before the capture.
    if (!path) return { key: [ANY, ANY], details: {}, isOptional: true };
    return { key: [path, String(status ?? "")], details: present({ method, authority }) };
  },
  printed: ({ Path, Method, Authority }, { Status }) => ({
    key: [Path, String(Status)],
    details: { method: Method, authority: Authority },
  }),
};

const grpc: Reading = {
  name: "grpc",
  truth: "grpc",
  known({ path, authority, grpc_status, rsp_frame }) {
    if (!rsp_frame) return undefined;
    if (!path) return { key: [ANY], details: {}, isOptional: true };
    return { key: [path], details: present({ authority, status: grpc_status }) };
  },
  printed({ Service, Target }, { GrpcStatus }) {
    const dot = Service.lastIndexOf(".");
    const path = Service === "" ? "" : `/${Service.slice(0, dot)}/${Service.slice(dot + 1)}`;
    return { key: [path], details: { authority: Target, status: GrpcStatus } };
  },
};

/** Methods that have no answer of their own: packetd tells of them what the truth does not. */
const AMQP_ALONE = new Set(["Publish", "Deliver", "Get", "Return"]);

const amqp: Reading = {
  name: "amqp",
  truth: "amqp",
  ports: [5672],
  known: ({ cls, method, channel, isAnswered }) => ({
    key: [named(cls), named(method)],
    details: present({ channel }),
    isOptional: !isAnswered,
  }),
  printed({ ChannelID, ClassMethod: { Class, Method } }) {
    if (Class === "Basic" && AMQP_ALONE.has(Method)) return undefined;
    return { key: [Class, Method], details: { channel: String(ChannelID) } };
  },
};

/** All that the corpus has truth of. */
export const readings: readonly Reading[] = [
  amqp,
  dns,
  grpc,
  http,
  http2,
  kafka,
  mongodb,
  mysql,
  postgresql,
  redis,
];
