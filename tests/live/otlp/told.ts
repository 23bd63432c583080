/** What a span must say of a round trip, by the line that `packetd log` printed of it: for each protocol a few things. */
import { statusName } from "../../../src/core/grpc_status.ts";
import { sqlSummary } from "../../../src/process/sql_summary.ts";
import type { Json, Line, Side } from "../harness.ts";
import type { Value } from "./collector.ts";

export const conventions = ["packetd", "otel"] as const;
/** Whose names a span has. */
export type Convention = typeof conventions[number];

export interface Told {
  readonly name: string;
  /** Whether its status is Error. */
  readonly failed: boolean;
  /** What is undefined must not be there. */
  readonly attributes: Readonly<Record<string, Value | undefined>>;
}

type Parts = Readonly<Record<string, Json>>;
/** @param isClients whether the span is the client's: this machine asked another */
type Reading = (request: Side, response: Side, isClients: boolean) => Readonly<Record<Convention, Told>>;

/** What a line says of its span, by the names of either convention. */
export function tell(protocol: string, { Request, Response }: Line, isClients: boolean): Record<Convention, Told> {
  return READINGS[protocol](Request, Response!, isClients);
}

function parts(value: Json): Parts {
  return (value ?? {}) as Parts;
}

/** A name, and after it that of what it is done to. */
function naming(name: string, target: string): string {
  return target === "" ? name : `${name} ${target}`;
}

/** HTTP of either version. By the conventions, what a server refused is no error of the server. */
function http(request: Side, response: Side, status: number, path: Json, isClients: boolean): Record<Convention, Told> {
  const name = String(request.Method), reset = response.Reset !== undefined;
  const failed = reset || status >= 400, isError = reset || status >= (isClients ? 400 : 500);
  const target = String(path), query = target.indexOf("?");
  return {
    packetd: {
      name,
      failed,
      attributes: {
        "http.request.method": name,
        "http.request.size": Number(request.Size),
        "http.response.size": Number(response.Size),
        "url.full": target,
      },
    },
    otel: {
      name,
      failed: isError,
      attributes: {
        "http.request.method": name,
        "http.request.body.size": Number(request.Size),
        "http.response.body.size": Number(response.Size),
        "http.response.status_code": status,
        "url.path": query < 0 ? target : target.slice(0, query),
        "error.type": reset ? String(response.Reset) : isError ? String(status) : undefined,
      },
    },
  };
}

/** Commands whose text is SQL. */
const SQL_COMMANDS = ["BULK_EXECUTE", "EXECUTE", "PREPARE", "QUERY", "Query"];

/** MySQL and PostgreSQL. What a summary says of a statement is another test's. */
function sql(
  system: string,
  operation: string,
  request: Side,
  response: Side,
  text: string | undefined,
  error: { readonly type: string; readonly code: Value } | undefined,
): Record<Convention, Told> {
  const failed = error !== undefined;
  const isSql = SQL_COMMANDS.includes(operation) && text !== undefined && text !== "";
  const summary = isSql ? sqlSummary(text) : "";
  const attributes = {
    "db.system.name": system,
    "db.request.size": Number(request.Size),
    "db.response.size": Number(response.Size),
    "db.response.returned_rows": parts(response.Packet).Rows as number | undefined,
  };
  return {
    packetd: {
      name: operation,
      failed,
      attributes: {
        ...attributes,
        "db.operation.name": operation,
        "db.query.text": text,
        "error.type": error?.type,
        "error.code": error?.code,
      },
    },
    otel: {
      name: summary || operation,
      failed,
      attributes: {
        ...attributes,
        "db.operation.name": isSql ? undefined : operation,
        "db.query.text": text || undefined,
        "db.query.summary": summary || undefined,
        "error.type": error && String(error.code),
        "db.response.status_code": error && String(error.code),
      },
    },
  };
}

/** By the conventions the others are errors of the client alone. */
const GRPC_SERVER_ERRORS = ["2", "4", "12", "13", "14", "15"];

const READINGS: Readonly<Record<string, Reading>> = {
  amqp(request, response) {
    const { Class, Method } = parts(request.ClassMethod), name = `${Class}.${Method}`;
    const { ExchangeName = "", RoutingKey = "", QueueName = "" } = parts(request.Packet) as Record<string, string>;
    const destination = [ExchangeName, RoutingKey, QueueName].filter((part) => part !== "").join(":");
    const isRefused = ["Nack", "Reject"].includes(String(parts(response.ClassMethod).Method));
    const failed = isRefused || response.ErrCode !== "OK";
    return {
      packetd: {
        name,
        failed,
        attributes: {
          "messaging.name": "amqp",
          "messaging.operation.name": name,
          "messaging.message.body.size": Number(response.Size),
          "messaging.amqp.destination.exchange_name": ExchangeName,
          "messaging.amqp.destination.routing_key": RoutingKey,
          "messaging.amqp.destination.queue_name": QueueName,
        },
      },
      otel: {
        name: naming(name, destination),
        failed,
        attributes: {
          "messaging.system.name": "rabbitmq",
          "messaging.operation.name": name,
          "messaging.destination.name": destination || undefined,
          "messaging.message.body.size": undefined,
        },
      },
    };
  },

  dns(request, response) {
    const { QuestionSec } = parts(request.Message), { Name, Type } = parts(QuestionSec) as Record<string, string>;
    const failed = parts(parts(response.Message).Header).Status !== "Success";
    const attributes = {
      "dns.request.size": Number(request.Size),
      "dns.response.size": Number(response.Size),
      "dns.question.type": Type,
    };
    return {
      packetd: { name: Name, failed, attributes },
      otel: { name: `DNS ${Type}`, failed, attributes: { ...attributes, "dns.question.name": Name } },
    };
  },

  grpc(request, response, isClients) {
    const service = String(request.Service), dot = service.lastIndexOf(".");
    const method = service.slice(dot + 1), name = `${service.slice(0, dot)}/${method}`;
    const status = String(response.GrpcStatus), failed = status !== "0";
    const isError = isClients ? failed : GRPC_SERVER_ERRORS.includes(status);
    const attributes = { "rpc.request.size": Number(request.Size), "rpc.response.size": Number(response.Size) };
    return {
      packetd: {
        name: service,
        failed,
        attributes: { ...attributes, "rpc.service": service, "rpc.method": method, "rpc.grpc.status_code": status },
      },
      otel: {
        name,
        failed: isError,
        attributes: {
          ...attributes,
          "rpc.method": name,
          "rpc.status_code": statusName(status),
          "error.type": isError ? statusName(status) : undefined,
        },
      },
    };
  },

  http: (request, response, isClients) => http(request, response, Number(response.StatusCode), request.URL, isClients),
  http2: (request, response, isClients) => http(request, response, Number(response.Status), request.Path, isClients),

  kafka(request, response) {
    const { API, ClientID, GroupID, Topic } = parts(request.Packet) as Record<string, string>;
    const error = String(response.ErrorCode), failed = error !== "NoError";
    const attributes = { "messaging.operation.name": API, "error.type": failed ? error : undefined };
    return {
      packetd: {
        name: API,
        failed,
        attributes: {
          ...attributes,
          "messaging.name": "kafka",
          "messaging.client.id": ClientID,
          "messaging.consumer.group.name": GroupID,
          "messaging.message.body.size": Number(response.Size),
        },
      },
      otel: {
        name: naming(API, Topic),
        failed,
        attributes: {
          ...attributes,
          "messaging.system.name": "kafka",
          "messaging.destination.name": Topic || undefined,
          "messaging.client.id": ClientID || undefined,
          "messaging.consumer.group.name": GroupID || undefined,
        },
      },
    };
  },

  mongodb(request, response) {
    const name = String(request.CmdName), collection = String(request.Collection);
    const code = Number(response.Code), failed = code !== 0 || response.Ok !== 1;
    const attributes = {
      "db.system.name": "mongodb",
      "db.operation.name": name,
      "db.request.size": Number(request.Size),
      "db.response.size": Number(response.Size),
      "db.namespace": String(request.Source),
    };
    return {
      packetd: {
        name,
        failed,
        attributes: {
          ...attributes,
          "db.response.status_code": code,
          "error.type": failed ? String(response.Message) : undefined,
        },
      },
      otel: {
        name: naming(name, collection),
        failed,
        attributes: {
          ...attributes,
          "db.collection.name": collection || undefined,
          "db.response.status_code": code === 0 ? undefined : String(code),
          "error.type": failed ? String(code) : undefined,
        },
      },
    };
  },

  mysql(request, response) {
    const { ErrCode, ErrMsg } = parts(response.Packet);
    const error = ErrCode === undefined ? undefined : { type: String(ErrMsg), code: Number(ErrCode) };
    return sql("mysql", String(request.Command), request, response, String(request.Statement), error);
  },

  postgresql(request, response) {
    const { Statement } = parts(request.Packet), { Severity, SQLStateCode } = parts(response.Packet);
    const error = Severity === undefined ? undefined : { type: String(Severity), code: String(SQLStateCode) };
    const operation = Statement === undefined ? "Describe" : "Query";
    return sql("postgresql", operation, request, response, Statement as string | undefined, error);
  },

  redis(request, response) {
    const name = String(request.Command), failed = response.DataType === "Errors";
    const attributes = {
      "db.system.name": "redis",
      "db.operation.name": name,
      "db.request.size": Number(request.Size),
      "db.response.size": Number(response.Size),
      "response.data_type": String(response.DataType),
    };
    return {
      packetd: { name, failed, attributes },
      otel: { name, failed, attributes },
    };
  },
};
