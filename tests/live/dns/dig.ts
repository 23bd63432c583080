/** dig, and what its report says of each query and its answer. */
import type { Expected, Json, Stage } from "../harness.ts";

/** A record as packetd prints it, but with its TTL always. */
interface Found {
  readonly Name: string;
  readonly Type: string;
  readonly TTL: number;
  readonly Class: string;
  readonly Record: string;
}

/** One message of dig's report. */
interface Message {
  readonly id: number;
  readonly opcode: string;
  readonly status: string;
  readonly isResponse: boolean;
  readonly isTruncated: boolean;
  readonly question: { readonly Name: string; readonly Type: string } | undefined;
  readonly answers: readonly Found[];
  readonly authorities: readonly Found[];
  readonly size: number;
}

const STATUS: Readonly<Record<string, string>> = {
  NOERROR: "Success",
  FORMERR: "FormatError",
  SERVFAIL: "ServerFailure",
  NXDOMAIN: "NameError",
  NOTIMP: "NotImplemented",
  REFUSED: "Refused",
};
const OPCODE: Readonly<Record<string, string>> = { QUERY: "Query", STATUS: "Status" };
const CLASS: Readonly<Record<string, string>> = { IN: "INET", CH: "CHAOS" };

/**
 * Asks a server on 127.0.0.1, and returns what packetd must print of it.
 *
 * @param args as on dig's command line; a question asked twice, truncated and then over TCP, is two round trips
 */
export async function dig(stage: Stage, port: number, ...args: readonly string[]): Promise<Expected[]> {
  const report = await reportOf(stage, port, args);
  const found: Expected[] = [];
  let query: Message | undefined;
  for (const message of messagesOf(report)) {
    if (!message.isResponse && query !== undefined) found.push(expectedTruncated(query)); // dig says no more of it
    if (message.isResponse) found.push(expected(query!, message));
    query = message.isResponse ? undefined : message;
  }
  if (found.length === 0) throw new Error(`dig ${args.join(" ")}: no message in the report:\n${report}`);
  return found;
}

/** Asks for a transfer of a zone: dig tells the query's size, and all records and bytes of the messages that came. */
export async function transfer(stage: Stage, port: number, zone: string, type: string): Promise<Expected[]> {
  const report = await reportOf(stage, port, [zone, type]);
  const querySize = Number(/^;; QUERY SIZE: (\d+)$/m.exec(report)?.[1]);
  const [, messages, bytes] = /XFR size: \d+ records \(messages (\d+), bytes (\d+)\)/.exec(report)?.map(Number) ?? [];
  if (!(messages > 0)) throw new Error(`dig ${zone} ${type}: no transfer in the report:\n${report}`);
  const question = { Name: `${zone}.`, Type: type.split("=")[0] };
  return [{
    Request: { Proto: "DNS", Size: querySize, Message: { QuestionSec: question } },
    Response: {
      Proto: "DNS",
      Size: bytes,
      Message: {
        Header: { Status: "Success", Response: true },
        QuestionSec: question,
        AnswerSec: json(recordsOf(report.slice(report.indexOf(";; QUERY SIZE")))),
      },
    },
  }];
}

function reportOf(stage: Stage, port: number, args: readonly string[]): Promise<string> {
  const fixed = ["-r", "@127.0.0.1", "-p", String(port), "+qr", "+nosplit", "+time=5", "+tries=1"];
  return stage.run("dig", [...fixed, ...args]);
}

function messagesOf(report: string): Message[] {
  return report.split(/^;; (?=Sending:|Got answer:)/m).slice(1).map(messageOf);
}

function messageOf(text: string): Message {
  const [, opcode, status, id] = /opcode: (\S+), status: (\S+), id: (\d+)/.exec(text) ?? [];
  const flags = /^;; flags: ([^;]*);/m.exec(text)?.[1].split(" ") ?? [];
  const asked = /^;(\S+)\s+\S+\s+(\S+)$/m.exec(section(text, "QUESTION"));
  return {
    id: Number(id),
    opcode,
    status,
    isResponse: text.startsWith("Got answer"),
    isTruncated: flags.includes("tc"),
    question: asked === null ? undefined : { Name: asked[1], Type: asked[2] },
    answers: recordsOf(section(text, "ANSWER")),
    authorities: recordsOf(section(text, "AUTHORITY")),
    size: Number(/(?:QUERY SIZE|MSG SIZE {2}rcvd): (\d+)/.exec(text)?.[1]),
  };
}

function section(text: string, name: string): string {
  return new RegExp(`^;; ${name} SECTION:\\n([^]*?)\\n(\\n|$)`, "m").exec(text)?.[1] ?? "";
}

function recordsOf(text: string): Found[] {
  return [...text.matchAll(/^([^\s;]\S*)\s+(\d+)\s+(\S+)\s+(\S+)\s+(.*)$/gm)].map((
    [, name, ttl, kind, type, data],
  ) => ({
    Name: name,
    Type: type,
    TTL: Number(ttl),
    Class: CLASS[kind] ?? kind,
    Record: recordText(type, data),
  }));
}

/** The data as dig prints it, in the form that packetd prints for the types that have one of its own. */
function recordText(type: string, data: string): string {
  const words = data.split(" ");
  switch (type) {
    case "MX":
      return words[1];
    case "SRV":
      return `${words[3]}:${words[2]}/W:${words[1]}/P:${words[0]}`;
    case "SOA":
      return `${words[0]}/${words[1]}/T:${words[6]}/E:${words[5]}`;
    case "TXT":
      return [...data.matchAll(/"([^"]*)"/g)].map(([, text]) => text).join("/");
    default:
      return data;
  }
}

function expected(query: Message, answer: Message): Expected {
  const { answers, authorities, size } = answer;
  const message = {
    Header: header(answer, true, STATUS[answer.status]),
    ...(answers.length === 0 ? {} : { AnswerSec: json(answers) }),
    ...(authorities.length === 0 ? {} : { AuthoritySec: json(authorities.map(({ TTL: _, ...rest }) => rest)) }),
  };
  return { Request: request(query), Response: { Proto: "DNS", Size: size, Message: message } };
}

function expectedTruncated(query: Message): Expected {
  return { Request: request(query), Response: { Proto: "DNS", Message: { Header: header(query, true, "Success") } } };
}

function request(query: Message): Expected["Request"] {
  const question = query.question ?? { Name: "", Type: "" };
  return {
    Host: "127.0.0.1",
    Proto: "DNS",
    Size: query.size,
    Message: { Header: header(query, false, "Success"), QuestionSec: json(question) },
  };
}

function header({ id, opcode }: Message, isResponse: boolean, status: string): Json {
  return { ID: id, OpCode: OPCODE[opcode] ?? opcode, Status: status, Response: isResponse };
}

function json(value: unknown): Json {
  return value as Json;
}
