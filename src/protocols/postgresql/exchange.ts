/**
 * Which message of the server answers what: it answers in order, an error ends all that was sent before the next Sync,
 * and ReadyForQuery tells that a Query or a Sync is done.
 * https://www.postgresql.org/docs/current/protocol-flow.html
 */
import { Arrival, type Flow } from "../../core/flow.ts";
import type { ConversationContext, Protocol } from "../../core/protocol.ts";
import { RoundTrip } from "../../core/roundtrip.ts";
import type { Instant } from "../../core/time.ts";
import { Fifo } from "../../match/fifo.ts";
import { carriesResult, command, described } from "./decoder.ts";
import {
  type Answer,
  AUTHENTICATION,
  BACKEND_KEY_DATA,
  BIND,
  BIND_COMPLETE,
  CLOSE,
  CLOSE_COMPLETE,
  COMMAND_COMPLETE,
  COPY_BOTH,
  COPY_IN,
  DATA_ROW,
  DESCRIBE,
  EMPTY_QUERY,
  ERROR,
  EXECUTE,
  FAILURE,
  FUNCTION_CALL,
  FUNCTION_RESULT,
  NEGOTIATE_VERSION,
  NO_DATA,
  NOTICE,
  NOTIFICATION,
  PARAMETER_DESCRIPTION,
  PARAMETER_STATUS,
  PARSE,
  PARSE_COMPLETE,
  PORTAL_SUSPENDED,
  type PostgresDetail,
  QUERY,
  READY_FOR_QUERY,
  ROW_DESCRIPTION,
  SYNC,
} from "./messages.ts";
import type { Statement, Statements } from "./statements.ts";
import { DESCRIBE_ALONE, GSS_REQUEST, STARTUP, Steps, TLS_REQUEST } from "./steps.ts";

/** What a server's message was: the next in order, none that may come now, or the beginning of a replication stream. */
export const IN_STEP = 0, OUT_OF_STEP = 1, STREAM = 2;
export type Outcome = typeof IN_STEP | typeof OUT_OF_STEP | typeof STREAM;

/** The order is kept here and not by the matcher, which needs to know nothing of sequence numbers and turns. */
const NOWHERE = new Arrival();

export class Exchange {
  readonly #protocol: Protocol<PostgresDetail>;
  readonly #flow: Flow;
  readonly #context: ConversationContext;
  readonly #statements: Statements;
  readonly #steps = new Steps();
  #fifo: Fifo<PostgresDetail>;
  /** For what becomes a request by its error only. */
  readonly #late: Fifo<PostgresDetail>;
  #certain: boolean;
  /** Whether the client ever sent something between the answers to earlier messages; and whether it would now. */
  #overlapped = false;
  #answeredInPart = false;
  /** Whether the server ignores everything until a Sync that was not sent yet. */
  #skipping = false;
  /** Whether an Execute reads copy data: until that ends the server ignores every Sync. */
  #copyingIn = false;
  /** Of the answer that is coming in: bytes and rows since the last one was complete. */
  #bytes = 0;
  #rows = 0;
  /** What the oldest Query has come to so far, and when and with how many bytes. */
  #answer: Answer | undefined = undefined;
  #answerBytes = 0;
  readonly #answerTime = { sec: 0, nsec: 0 };

  constructor(
    protocol: Protocol<PostgresDetail>,
    flow: Flow,
    context: ConversationContext,
    statements: Statements,
  ) {
    this.#protocol = protocol;
    this.#flow = flow;
    this.#context = context;
    this.#statements = statements;
    this.#certain = flow.sawStart;
    this.#fifo = new Fifo(context, flow.sawStart);
    this.#late = new Fifo(context, true);
  }

  /** Whether the place of what is sent in the order of answers is known. */
  get certain(): boolean {
    return this.#certain;
  }

  /** Whether the server ignores what is sent now. */
  get skipping(): boolean {
    return this.#skipping;
  }

  /** Whether a client that begins a turn has had all its answers: not where it was seen not to wait for them. */
  get takesTurns(): boolean {
    return !this.#overlapped;
  }

  /** What waits longest: the type of a message, or what `steps.ts` names; 0 when nothing does. */
  get awaited(): number {
    return this.#steps.first;
  }

  /** A message was sent that is answered. Returns its position, -1 when it will not be answered or not in known order. */
  step(type: number, statement?: Statement): number {
    if (!this.#certain || (this.#copyingIn && type === SYNC)) return -1;
    if (this.#skipping) {
      if (type !== SYNC) return -1;
      this.#skipping = false;
    }
    if (this.#steps.size === 0) {
      this.#bytes = 0;
      this.#answeredInPart = false;
    } else if (this.#answeredInPart) this.#overlapped = true;
    if (this.#steps.push(type, statement)) return this.#steps.next - 1;
    this.#context.ledger.reasons.add("too many messages wait for their answer");
    this.lose();
    return -1;
  }

  /** A Query or an Execute was sent. */
  request(type: typeof QUERY | typeof EXECUTE, roundTrip: RoundTrip<PostgresDetail>): void {
    if (this.#skipping) return this.#fifo.oneWay();
    this.#fifo.request(roundTrip, NOWHERE, 0); // lost where the order is not known
    this.step(type);
  }

  /** The Describe at this position is what the client wanted, no part of running something. */
  describe(position: number, roundTrip: RoundTrip<PostgresDetail>): void {
    if (this.#steps.change(position, DESCRIBE_ALONE)) this.#fifo.request(roundTrip, NOWHERE, 0);
  }

  /** A request that is not answered. */
  oneWay(): void {
    this.#fifo.oneWay();
  }

  /** The client has sent the last of its copy data. */
  copied(): void {
    this.#copyingIn = false;
  }

  /** The server will not encrypt: the client goes on in clear. */
  refused(): void {
    this.#steps.shift();
  }

  /**
   * A message of the server is complete.
   *
   * @param bytes of the whole message
   * @param answer what it says, of CommandComplete and ErrorResponse
   */
  take(type: number, bytes: number, answer: Answer | undefined, at: Instant): Outcome {
    this.#bytes += bytes;
    if (type === NOTICE || type === NOTIFICATION || type === PARAMETER_STATUS) return IN_STEP; // at any time
    if (type === ERROR) return this.#error(answer!, at);
    switch (this.#steps.first) {
      case QUERY:
        return this.#ofQuery(type, answer, at);
      case EXECUTE:
        return this.#ofExecute(type, answer, at);
      case PARSE:
        return this.#simple(type === PARSE_COMPLETE);
      case BIND:
        return this.#simple(type === BIND_COMPLETE);
      case CLOSE:
        return this.#simple(type === CLOSE_COMPLETE);
      case SYNC:
        return this.#ready(type);
      case DESCRIBE:
        return type === PARAMETER_DESCRIPTION ? IN_STEP : this.#simple(type === ROW_DESCRIPTION || type === NO_DATA);
      case DESCRIBE_ALONE:
        if (type === PARAMETER_DESCRIPTION) return IN_STEP;
        if (type === ROW_DESCRIPTION || type === NO_DATA) this.#settle(described, at, this.#bytes);
        return this.#simple(type === ROW_DESCRIPTION || type === NO_DATA);
      case FUNCTION_CALL:
        return type === FUNCTION_RESULT ? IN_STEP : this.#ready(type);
      case STARTUP:
        if (type === AUTHENTICATION || type === BACKEND_KEY_DATA || type === NEGOTIATE_VERSION) return IN_STEP;
        return this.#ready(type);
      case TLS_REQUEST:
      case GSS_REQUEST:
        return OUT_OF_STEP;
      default: // nobody asked who is known
        if (type === COMMAND_COMPLETE || type === EMPTY_QUERY || type === PORTAL_SUSPENDED) this.#fifo.alone();
        return IN_STEP;
    }
  }

  /** Bytes are missing, or what came could not be understood: what waits is lost, and the order unknown. */
  lose(): void {
    this.#fifo.responseGap();
    this.#certain = false;
    this.#forget();
  }

  /** The client begins a turn: what waits is lost, and the order known again. */
  restart(): void {
    this.#fifo.responseGap();
    this.#fifo = new Fifo(this.#context, true);
    this.#certain = true;
    this.#forget();
  }

  /** The server says no more: a Query whose answer was seen is complete without its ReadyForQuery, as after FATAL. */
  finish(): void {
    if (this.#steps.first === QUERY && this.#answer !== undefined) this.#endQuery(this.#answer);
  }

  close(): void {
    this.finish();
    this.#fifo.close();
    this.#forget();
  }

  #ofQuery(type: number, answer: Answer | undefined, at: Instant): Outcome {
    switch (type) {
      case COMMAND_COMPLETE:
        return this.#note(answer!, at);
      case EMPTY_QUERY:
        return this.#note(command("", 0), at);
      case READY_FOR_QUERY:
        if (this.#answer === undefined) return OUT_OF_STEP;
        this.#endQuery(this.#answer);
        return IN_STEP;
      case COPY_BOTH:
        this.#never();
        return STREAM;
      default:
        return carriesResult(type) ? IN_STEP : OUT_OF_STEP;
    }
  }

  #ofExecute(type: number, answer: Answer | undefined, at: Instant): Outcome {
    switch (type) {
      case COMMAND_COMPLETE:
        return this.#executed(answer!, at);
      case EMPTY_QUERY:
        return this.#executed(command("", 0), at);
      case PORTAL_SUSPENDED:
        return this.#executed(command("", this.#rows), at);
      case DATA_ROW:
        this.#rows++;
        return IN_STEP;
      case COPY_IN:
        // A Sync that was sent with the Execute comes within the copy data, where the server ignores it.
        this.#copyingIn = true;
        this.#answeredInPart = false; // the client goes on because it was asked to
        while (this.#steps.size > 1 && this.#steps.typeAt(1) === SYNC) this.#steps.dropSecond();
        return IN_STEP;
      case COPY_BOTH:
        this.#never();
        return STREAM;
      default:
        return carriesResult(type) ? IN_STEP : OUT_OF_STEP;
    }
  }

  /** The oldest message is answered by the one that fits, without more. */
  #simple(fits: boolean): Outcome {
    if (!fits) return OUT_OF_STEP;
    this.#shift();
    return IN_STEP;
  }

  #ready(type: number): Outcome {
    this.#bytes = 0;
    return this.#simple(type === READY_FOR_QUERY);
  }

  #executed(answer: Answer, at: Instant): Outcome {
    this.#copyingIn = false;
    this.#settle(answer, at, this.#bytes);
    this.#shift();
    return IN_STEP;
  }

  /** A result of a Query, which may have several: the first one counts, unless there is an error. */
  #note(answer: Answer, at: Instant): Outcome {
    if (this.#answer === undefined || answer.kind === FAILURE) this.#answer = answer;
    this.#answerBytes = this.#bytes;
    this.#answerTime.sec = at.sec;
    this.#answerTime.nsec = at.nsec;
    return IN_STEP;
  }

  #endQuery(answer: Answer): void {
    this.#settle(answer, this.#answerTime, this.#answerBytes);
    this.#answer = undefined;
    this.#shift();
  }

  #error(answer: Answer, at: Instant): Outcome {
    switch (this.#steps.first) {
      case QUERY:
        return this.#note(answer, at);
      case SYNC:
        this.#context.ledger.reasons.add("error at Sync, after its commands were answered");
        return IN_STEP;
      case STARTUP:
      case TLS_REQUEST:
      case GSS_REQUEST:
      case FUNCTION_CALL:
        return IN_STEP;
      case 0:
        this.#fifo.alone();
        return IN_STEP;
      default:
        this.#failUntilSync(answer, at);
        return IN_STEP;
    }
  }

  /**
   * An error ends all that was sent before the next Sync. The first request among it is the one that failed, also when
   * the error was its Parse's or Bind's; those after it are never answered.
   */
  #failUntilSync(answer: Answer, at: Instant): void {
    const steps = this.#steps;
    let count = 0;
    while (count < steps.size && steps.typeAt(count) !== SYNC) count++;
    this.#skipping = count === steps.size;
    this.#copyingIn = false;
    const failed = steps.first === PARSE ? steps.statementAt(0) : undefined;
    let told = false;
    for (let i = count - 1; i >= 0; i--) { // newest first, so that names go back to what they were
      const statement = steps.statementAt(i);
      if (statement !== undefined) this.#statements.undo(statement);
    }
    for (; count > 0; count--) {
      const type = steps.first;
      if (type === QUERY || type === EXECUTE || type === DESCRIBE_ALONE) {
        if (told) this.#never();
        else this.#settle(answer, at, this.#bytes);
        told = true;
      }
      this.#shift();
    }
    if (told) return;
    if (failed !== undefined) this.#refuse(failed, answer, at);
    else this.#context.ledger.reasons.add("error without a request");
  }

  /** A Parse failed that nothing was to run yet: it is told as the request that it would have become. */
  #refuse(statement: Statement, answer: Answer, at: Instant): void {
    const { text, sec, nsec, bytes } = statement;
    const detail = { text, described: "", answer };
    this.#late.request(new RoundTrip(this.#protocol, this.#flow, detail, sec, nsec, bytes), NOWHERE, 0);
    this.#late.answered(at, this.#bytes);
    this.#bytes = 0;
  }

  #settle(answer: Answer, at: Instant, bytes: number): void {
    const roundTrip = this.#fifo.awaiting(0);
    if (roundTrip === undefined) this.#fifo.alone(); // too many waited to keep this one
    else {
      roundTrip.detail.answer = answer;
      this.#fifo.answered(at, bytes);
    }
    this.#bytes = 0;
  }

  #never(): void {
    if (this.#fifo.awaiting(0) === undefined) this.#fifo.alone();
    else this.#fifo.answeredNever();
  }

  #shift(): void {
    this.#steps.shift();
    this.#rows = 0;
    this.#answeredInPart = this.#steps.size > 0;
  }

  #forget(): void {
    this.#steps.clear();
    this.#skipping = this.#copyingIn = this.#answeredInPart = false;
    this.#bytes = this.#rows = 0;
    this.#answer = undefined;
  }
}
