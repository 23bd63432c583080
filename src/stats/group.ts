/** What is counted of the round trips of one group. */
import type { RoundTrip } from "../core/roundtrip.ts";
import { Durations } from "./durations.ts";
import { Recent } from "./recent.ts";

export class Group {
  /** Requests that were answered, and those of them whose response reports an error. */
  count = 0;
  errors = 0;
  /** Requests that were not answered in time, or ever. One whose answer came late is counted above too. */
  unanswered = 0;
  requestBytes = 0;
  responseBytes = 0;
  readonly durations = new Durations();
  /** Of those answered. */
  readonly recent = new Recent();

  /** @param labels the values of the dimensions, in their order */
  constructor(readonly labels: readonly string[]) {}

  /** Requests, answered or not. */
  get weight(): number {
    return this.count + this.unanswered;
  }

  answered(roundTrip: RoundTrip): void {
    this.count++;
    if (roundTrip.protocol.failed(roundTrip)) this.errors++;
    this.requestBytes += roundTrip.requestBytes;
    this.responseBytes += roundTrip.responseBytes;
    this.durations.add(roundTrip.durationNs);
    this.recent.add(roundTrip.responseSec);
  }

  withoutAnswer(roundTrip: RoundTrip): void {
    this.unanswered++;
    this.requestBytes += roundTrip.requestBytes;
  }

  merge(other: Group): void {
    this.count += other.count;
    this.errors += other.errors;
    this.unanswered += other.unanswered;
    this.requestBytes += other.requestBytes;
    this.responseBytes += other.responseBytes;
    this.durations.merge(other.durations);
    this.recent.merge(other.recent);
  }
}
