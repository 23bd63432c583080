/**
 * The methods of AMQP 0-9-1 by table: class and method ids, who sends them, what answers them, and their arguments.
 *
 * The facts are those of the specification in XML (https://www.rabbitmq.com/resources/specs/amqp0-9-1.xml) with the
 * extensions of RabbitMQ (amqp0-9-1.extended.xml there): Connection.Blocked, Unblocked and UpdateSecret, Exchange.Bind
 * and Unbind, Basic.Nack, Confirm. Access is from AMQP 0-9; older clients still ask for it.
 */
import { type Direction, FROM_CLIENT } from "../../core/flow.ts";

/** What a method is in the conversation. */
export const ASKS = 0;
/** Asks, and never twice at once, whatever the client: the answer is certain even where the past is not known. */
export const ASKS_ONCE = 1;
export const ANSWERS = 2;
/** Needs no answer. */
export const TELLS = 3;
/** Is followed by a content header and body. */
export const CARRIES = 4;
/** Acknowledges messages by their tag. */
export const SETTLES = 5;
export type Role =
  | typeof ASKS
  | typeof ASKS_ONCE
  | typeof ANSWERS
  | typeof TELLS
  | typeof CARRIES
  | typeof SETTLES;

/** Types of arguments (4.2.5). Strings and tables have their length in front: 8 bits for `shortstr`, else 32. */
export const BIT = 0, OCTET = 1, SHORT = 2, LONG = 3, LONGLONG = 4, SHORTSTR = 5, LONGSTR = 6;

/** Arguments that are read; the others are only passed over. */
export const UNNAMED = 0;
export const EXCHANGE = 1, ROUTING_KEY = 2, QUEUE = 3, CONSUMER_TAG = 4;
export const REPLY_CODE = 5, CLASS_ID = 6, METHOD_ID = 7, DELIVERY_TAG = 8;
export const MULTIPLE = 9, NO_WAIT = 10, NO_ACK = 11, MANDATORY = 12;
export const NAMED_ARGUMENTS = 13;

export interface Method {
  /** Class id in the upper, method id in the lower 16 bits. */
  readonly code: number;
  readonly class: string;
  readonly name: string;
  /** `Basic.Publish` */
  readonly title: string;
  readonly fromClient: boolean;
  readonly fromServer: boolean;
  readonly role: Role;
  /** The code of what it answers; 0 when it answers nothing. */
  readonly answers: number;
  /** Type and name of each argument. */
  readonly types: Uint8Array;
  readonly names: Uint8Array;
  /** Whether it names an exchange, a routing key or a queue. */
  readonly hasNames: boolean;
}

// Exchange.Bind binds `destination` to `source`: the exchange that messages come from is named, as in Queue.Bind.
const TABLE = `
10 Connection
  10 Start           S  asks-once   octet octet table longstr longstr
  11 Start-Ok        C  answers 10  table shortstr longstr shortstr
  20 Secure          S  asks-once   longstr
  21 Secure-Ok       C  answers 20  longstr
  30 Tune            S  asks-once   short long short
  31 Tune-Ok         C  answers 30  short long short
  40 Open            C  asks-once   shortstr shortstr bit
  41 Open-Ok         S  answers 40  shortstr
  50 Close           CS asks-once   reply-code:short shortstr class-id:short method-id:short
  51 Close-Ok        CS answers 50
  60 Blocked         S  tells       shortstr
  61 Unblocked       S  tells
  70 UpdateSecret    C  asks        longstr shortstr
  71 UpdateSecret-Ok S  answers 70
20 Channel
  10 Open            C  asks-once   shortstr
  11 Open-Ok         S  answers 10  longstr
  20 Flow            CS asks        bit
  21 Flow-Ok         CS answers 20  bit
  40 Close           CS asks-once   reply-code:short shortstr class-id:short method-id:short
  41 Close-Ok        CS answers 40
30 Access
  10 Request         C  asks        shortstr bit bit bit bit bit
  11 Request-Ok      S  answers 10  short
40 Exchange
  10 Declare         C  asks        short exchange:shortstr shortstr bit bit bit bit no-wait:bit table
  11 Declare-Ok      S  answers 10
  20 Delete          C  asks        short exchange:shortstr bit no-wait:bit
  21 Delete-Ok       S  answers 20
  30 Bind            C  asks        short shortstr exchange:shortstr routing-key:shortstr no-wait:bit table
  31 Bind-Ok         S  answers 30
  40 Unbind          C  asks        short shortstr exchange:shortstr routing-key:shortstr no-wait:bit table
  51 Unbind-Ok       S  answers 40
50 Queue
  10 Declare         C  asks        short queue:shortstr bit bit bit bit no-wait:bit table
  11 Declare-Ok      S  answers 10  queue:shortstr long long
  20 Bind            C  asks        short queue:shortstr exchange:shortstr routing-key:shortstr no-wait:bit table
  21 Bind-Ok         S  answers 20
  30 Purge           C  asks        short queue:shortstr no-wait:bit
  31 Purge-Ok        S  answers 30  long
  40 Delete          C  asks        short queue:shortstr bit bit no-wait:bit
  41 Delete-Ok       S  answers 40  long
  50 Unbind          C  asks        short queue:shortstr exchange:shortstr routing-key:shortstr table
  51 Unbind-Ok       S  answers 50
60 Basic
  10 Qos             C  asks        long short bit
  11 Qos-Ok          S  answers 10
  20 Consume         C  asks        short queue:shortstr consumer-tag:shortstr bit no-ack:bit bit no-wait:bit table
  21 Consume-Ok      S  answers 20  consumer-tag:shortstr
  30 Cancel          CS asks        consumer-tag:shortstr no-wait:bit
  31 Cancel-Ok       CS answers 30  consumer-tag:shortstr
  40 Publish         C  carries     short exchange:shortstr routing-key:shortstr mandatory:bit bit
  50 Return          S  carries     reply-code:short shortstr exchange:shortstr routing-key:shortstr
  60 Deliver         S  carries     consumer-tag:shortstr delivery-tag:longlong bit exchange:shortstr routing-key:shortstr
  70 Get             C  asks        short queue:shortstr no-ack:bit
  71 Get-Ok          S  carries 70  delivery-tag:longlong bit exchange:shortstr routing-key:shortstr long
  72 Get-Empty       S  answers 70  shortstr
  80 Ack             CS settles     delivery-tag:longlong multiple:bit
  90 Reject          C  settles     delivery-tag:longlong bit
  100 RecoverAsync   C  tells       bit
  110 Recover        C  asks        bit
  111 Recover-Ok     S  answers 110
  120 Nack           CS settles     delivery-tag:longlong multiple:bit bit
85 Confirm
  10 Select          C  asks        no-wait:bit
  11 Select-Ok       S  answers 10
90 Tx
  10 Select          C  asks
  11 Select-Ok       S  answers 10
  20 Commit          C  asks
  21 Commit-Ok       S  answers 20
  30 Rollback        C  asks
  31 Rollback-Ok     S  answers 30
`;

const types: Readonly<Record<string, number>> = {
  bit: BIT,
  octet: OCTET,
  short: SHORT,
  long: LONG,
  longlong: LONGLONG,
  shortstr: SHORTSTR,
  longstr: LONGSTR,
  table: LONGSTR,
};

const names: Readonly<Record<string, number>> = {
  "exchange": EXCHANGE,
  "routing-key": ROUTING_KEY,
  "queue": QUEUE,
  "consumer-tag": CONSUMER_TAG,
  "reply-code": REPLY_CODE,
  "class-id": CLASS_ID,
  "method-id": METHOD_ID,
  "delivery-tag": DELIVERY_TAG,
  "multiple": MULTIPLE,
  "no-wait": NO_WAIT,
  "no-ack": NO_ACK,
  "mandatory": MANDATORY,
};

const roles: Readonly<Record<string, Role>> = {
  "asks": ASKS,
  "asks-once": ASKS_ONCE,
  "answers": ANSWERS,
  "tells": TELLS,
  "carries": CARRIES,
  "settles": SETTLES,
};

/** All methods, in the order of the table. */
export const methods: readonly Method[] = parseTable();

function parseTable(): Method[] {
  const parsed: Method[] = [];
  let classId = 0, className = "";
  for (const line of TABLE.trim().split("\n")) {
    const [id, name, senders, role, ...rest] = line.trim().split(/\s+/);
    if (senders === undefined) {
      classId = Number(id);
      className = name;
      continue;
    }
    const answered = /^[0-9]+$/.test(rest[0] ?? "") ? Number(rest.shift()) : 0;
    const pairs = rest.map((word) => word.includes(":") ? word.split(":") : ["", word]);
    const named = pairs.map(([argument]) => names[argument] ?? UNNAMED);
    parsed.push({
      code: classId << 16 | Number(id),
      class: className,
      name,
      title: `${className}.${name}`,
      fromClient: senders.includes("C"),
      fromServer: senders.includes("S"),
      role: roles[role],
      answers: answered === 0 ? 0 : classId << 16 | answered,
      types: Uint8Array.from(pairs, ([, type]) => types[type]),
      names: Uint8Array.from(named),
      hasNames: named.some((argument) => argument === EXCHANGE || argument === ROUTING_KEY || argument === QUEUE),
    });
  }
  return parsed;
}

const byCode = new Map<number, Method>(methods.map((method) => [method.code, method]));

/** The method of a class and method id, or undefined. */
export function methodOf(code: number): Method | undefined {
  return byCode.get(code);
}

/** Whether this side may send the method. */
export function maySend(method: Method, direction: Direction): boolean {
  return direction === FROM_CLIENT ? method.fromClient : method.fromServer;
}

/** The class id of a method's code. */
export function classOf(code: number): number {
  return code >>> 16;
}

const code = (title: string): number => methods.find((method) => method.title === title)!.code;

/** The class whose methods go on the connection's own channel, and no others. */
export const CONNECTION = 10;

/** The methods that do more than ask and answer. */
export const CONNECTION_CLOSE = code("Connection.Close");
export const CHANNEL_OPEN = code("Channel.Open");
export const CHANNEL_OPEN_OK = code("Channel.Open-Ok");
export const CHANNEL_CLOSE = code("Channel.Close");
export const CHANNEL_CLOSE_OK = code("Channel.Close-Ok");
export const CONSUME = code("Basic.Consume");
export const CONSUME_OK = code("Basic.Consume-Ok");
export const CANCEL = code("Basic.Cancel");
export const CANCEL_OK = code("Basic.Cancel-Ok");
export const PUBLISH = code("Basic.Publish");
export const RETURN = code("Basic.Return");
export const DELIVER = code("Basic.Deliver");
export const GET = code("Basic.Get");
export const GET_OK = code("Basic.Get-Ok");
export const RECOVER_OK = code("Basic.Recover-Ok");
export const CONFIRM_SELECT = code("Confirm.Select");
