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
import { command, described } from "./decoder.ts";
import { LAST, PART, RESULT, roleOf, STREAM } from "./flow.ts";
import {
  type Answer,
  COMMAND_COMPLETE,
  COPY_IN,
  DATA_ROW,
  EMPTY_QUERY,
  ERROR,
  EXECUTE,
  FAILURE,
  FUNCTION_CALL,
  NOTICE,
  NOTIFICATION,
  PARAMETER_STATUS,
  PARSE,
  PORTAL_SUSPENDED,
  type PostgresDetail,
  QUERY,
  READY_FOR_QUERY,
  SYNC,
} from "./messages.ts";
import type { Statement, Statements } from "./statements.ts";
import { DESCRIBE_ALONE, GSS_REQUEST, STARTUP, Steps, TLS_REQUEST } from "./steps.ts";

/** What a server's message was: the next in order, none that may come now, or the beginning of a replication stream. */
export const IN_STEP = 0, OUT_OF_STEP = 1, STREAMING = 2;
export type Outcome = typeof IN_STEP | typeof OUT_OF_STEP | typeof STREAMING;

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
  /** Whether the order is only supposed: a second request before the first answer shows a pipeline begun earlier. */
  #supposed = false;
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
    if (this.#supposed && this.#fifo.size > 0) this.lose();
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
    if (type === NOTIFICATION) this.#context.ledger.pushed++;
    if (type === NOTICE || type === NOTIFICATION || type === PARAMETER_STATUS) return IN_STEP; // at any time
    if (type === ERROR) {
      this.#error(answer!, at);
      return IN_STEP;
    }
    const step = this.#steps.first;
    if (step === 0) { // nobody asked who is known
      if (type === COMMAND_COMPLETE || type === EMPTY_QUERY || type === PORTAL_SUSPENDED) this.#fifo.alone();
      return IN_STEP;
    }
    switch (roleOf(type, step)) {
      case PART:
        if (type === DATA_ROW) this.#rows++;
        else if (type === COPY_IN && step === EXECUTE) this.#copyIn();
        return IN_STEP;
      case RESULT:
        this.#note(answer ?? command("", 0), at);
        return IN_STEP;
      case LAST:
        return this.#last(step, type, answer, at);
      case STREAM:
        this.#never();
        return STREAMING;
      default:
        return OUT_OF_STEP;
    }
  }

  /** Bytes are missing, or what came could not be understood: what waits is lost, and the order unknown. */
  lose(): void {
    if (this.#answer?.kind === FAILURE) this.finish(); // nothing but ReadyForQuery follows an error
    this.#fifo.responseGap();
    this.#certain = false;
    this.#forget();
  }

  /**
   * The client begins a turn: what waits is lost, and the order known again.
   *
   * @param isProven whether the server's last bytes are known, so that it owes no answer
   */
  restart(isProven: boolean): void {
    this.#supposed = !isProven;
    this.#fifo.responseGap();
    this.#fifo = new Fifo(this.#context, true);
    this.#certain = true;
    this.#forget();
  }

  /** The server says no more: a Query whose answer was seen is complete without its ReadyForQuery, as after FATAL. */
  finish(): void {
    if (this.#steps.first !== QUERY || this.#answer === undefined) return;
    this.#endQuery(this.#answer);
    this.#shift();
  }

  close(): void {
    this.finish();
    this.#fifo.close();
    this.#forget();
  }

  /** An Execute reads copy data. A Sync that was sent with it comes within that data, where the server ignores it. */
  #copyIn(): void {
    this.#copyingIn = true;
    this.#answeredInPart = false; // the client goes on because it was asked to
    while (this.#steps.size > 1 && this.#steps.typeAt(1) === SYNC) this.#steps.dropSecond();
  }

  /** The answer to the oldest step is complete. */
  #last(step: number, type: number, answer: Answer | undefined, at: Instant): Outcome {
    switch (step) {
      case QUERY:
        if (this.#answer === undefined) return OUT_OF_STEP;
        this.#endQuery(this.#answer);
        break;
      case EXECUTE:
        this.#copyingIn = false;
        this.#settle(answer ?? command("", this.#rows), at, this.#bytes);
        break;
      case DESCRIBE_ALONE:
        this.#settle(described, at, this.#bytes);
        break;
      case FUNCTION_CALL:
        this.#context.ledger.reasons.add("function call, which is not reported");
    }
    this.#shift();
    if (type === READY_FOR_QUERY) this.#bytes = 0;
    return IN_STEP;
  }

  /** A result of a Query, which may have several: the first one counts, unless there is an error. */
  #note(answer: Answer, at: Instant): void {
    if (this.#answer === undefined || answer.kind === FAILURE) this.#answer = answer;
    this.#answerBytes = this.#bytes;
    this.#answerTime.sec = at.sec;
    this.#answerTime.nsec = at.nsec;
  }

  #endQuery(answer: Answer): void {
    this.#settle(answer, this.#answerTime, this.#answerBytes);
    this.#answer = undefined;
  }

  #error(answer: Answer, at: Instant): void {
    switch (this.#steps.first) {
      case QUERY:
        return this.#note(answer, at);
      case SYNC:
        this.#context.ledger.reasons.add("error at Sync, after its commands were answered");
        return;
      case STARTUP:
      case TLS_REQUEST:
      case GSS_REQUEST:
      case FUNCTION_CALL:
        return;
      case 0:
        this.#fifo.alone();
        return;
      default:
        return this.#failUntilSync(answer, at);
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
        else this.#fail(type === DESCRIBE_ALONE ? failed : undefined, answer, at);
        told = true;
      }
      this.#shift();
    }
    if (told) return;
    if (failed !== undefined) this.#refuse(failed, answer, at);
    else this.#context.ledger.reasons.add("error without a request");
  }

  /** The oldest request failed. A Describe says less than the text of the Parse before it that failed. */
  #fail(refused: Statement | undefined, answer: Answer, at: Instant): void {
    const roundTrip = this.#fifo.awaiting(0);
    if (refused !== undefined && roundTrip !== undefined) {
      roundTrip.detail.text = refused.text;
      roundTrip.detail.described = "";
    }
    this.#settle(answer, at, this.#bytes);
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
    this.#supposed = false;
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
    for (let i = 0; i < this.#steps.size; i++) {
      const statement = this.#steps.statementAt(i);
      if (statement !== undefined) this.#statements.doubt(statement);
    }
    this.#steps.clear();
    this.#skipping = this.#copyingIn = this.#answeredInPart = false;
    this.#bytes = this.#rows = 0;
    this.#answer = undefined;
  }
}
