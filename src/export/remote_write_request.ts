/**
 * The message of Prometheus remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/), compressed as one
 * snappy block:
 *
 *     WriteRequest { repeated TimeSeries timeseries = 1 }
 *     TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2 }
 *     Label        { string name = 1; string value = 2 }
 *     Sample       { double value = 1; int64 timestamp = 2 }
 */
import protobuf from "npm:protobufjs@8.8.1/minimal.js";
import snappy from "npm:snappyjs@0.7.0";

/** Tags: number of the field and wire type of its value (https://protobuf.dev/programming-guides/encoding/#structure). */
const FIXED64 = 1, LENGTH_PREFIXED = 2;
const TIMESERIES = 1 << 3 | LENGTH_PREFIXED;
const LABELS = 1 << 3 | LENGTH_PREFIXED, SAMPLES = 2 << 3 | LENGTH_PREFIXED;
const NAME = 1 << 3 | LENGTH_PREFIXED, LABEL_VALUE = 2 << 3 | LENGTH_PREFIXED;
const SAMPLE_VALUE = 1 << 3 | FIXED64, TIMESTAMP = 2 << 3;

/** The NaN that ends a series. No number of JavaScript holds it for sure, so it is written in two halves. */
const STALE_LOW = 0x00000002, STALE_HIGH = 0x7ff00000;

/** Is filled, taken, and filled again: the memory in between is the same. */
export class WriteRequest {
  /** How many samples it holds. */
  samples = 0;
  readonly #writer = protobuf.Writer.create();

  /** Bytes so far, not compressed. */
  get bytes(): number {
    return this.#writer.pos;
  }

  /** Begins a series: labels come next, then samples. */
  open(): void {
    this.#writer.uint32(TIMESERIES).fork();
  }

  /** A label of the series, to be given in the order of their names. One without value is the same as none. */
  label(name: string, value: string): void {
    if (value === "") return;
    this.#writer.uint32(LABELS).fork().uint32(NAME).string(name).uint32(LABEL_VALUE).string(value).ldelim();
  }

  /** @param timeMs milliseconds of the Unix epoch, larger than the series had before */
  sample(value: number, timeMs: number): void {
    this.samples++;
    this.#writer.uint32(SAMPLES).fork().uint32(SAMPLE_VALUE).double(value).uint32(TIMESTAMP).int64(timeMs).ldelim();
  }

  /** Nothing more comes of the series. */
  staleMarker(timeMs: number): void {
    this.samples++;
    this.#writer.uint32(SAMPLES).fork().uint32(SAMPLE_VALUE).fixed32(STALE_LOW).fixed32(STALE_HIGH)
      .uint32(TIMESTAMP).int64(timeMs).ldelim();
  }

  /** Ends the series. */
  close(): void {
    this.#writer.ldelim();
  }

  /** The body of a request with all that was written; nothing is left. */
  take(): Uint8Array<ArrayBuffer> {
    const { buffer, byteOffset, length } = this.#writer.finish(true);
    // Of a Buffer, which that is, snappyjs would give a view of one as large as the message, and keep all of it.
    const body = snappy.compress(new Uint8Array(buffer, byteOffset, length));
    this.#writer.reset();
    this.samples = 0;
    return body;
  }
}
