/** An HTTP/2 stream (RFC 9113, section 5): what is kept of its request and response, and how far both have come. */
import type { Direction } from "../../core/flow.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { RoundTrip } from "../../core/roundtrip.ts";
import type { Probe } from "../../core/verdict.ts";
import type { Fields, HeaderBlock } from "./header_block.ts";
import type { Reporter } from "./reporter.ts";

/** Reads the DATA of one direction of a stream as it passes by. */
export interface BodyReader {
  take(bytes: Uint8Array, start: number, end: number): void;
  /** Bytes in between will never come. */
  skip(lost: number): void;
}

/** A protocol whose messages are HTTP/2 streams. */
export interface StreamProtocol extends Protocol<Stream> {
  /**
   * Whether a stream whose request or response has these header fields is this protocol's; UNSURE when what would tell
   * is unknown. A protocol of the family without this takes what no other claims.
   */
  claims?(header: HeaderBlock): Probe;
  /** A reader for the DATA of one direction of a stream that is, or may be, this protocol's. */
  bodyReader?(direction: Direction): BodyReader;
  /** Whether what those readers saw proves that a stream is this protocol's whose header fields did not tell. */
  claimsBodies?(stream: Stream): boolean;
}

/** What comes of a stream that has no reporter. */
export const UNDECIDED = 0, REPORTED = 1, UNREPORTED = 2;

export class Stream {
  method = "";
  scheme = "";
  authority = "";
  path = "";
  requestFields: Fields = [];
  /** `:status` of the final response; empty until its headers were seen. */
  status = "";
  responseFields: Fields = [];
  /** The fields of the last header block, if it ended the stream; the response's headers where nothing follows them. */
  trailers: Fields | undefined = undefined;
  /** Name of the error code that ended the stream early, else empty. */
  reset = "";
  /** Bytes of DATA without padding. */
  requestBytes = 0;
  responseBytes = 0;
  /** When the request's header block was whole. */
  readonly sec: number;
  readonly nsec: number;
  /** Of both header lists, as section 6.5.2 counts it. */
  listBytes = 0;
  requestBody: BodyReader | undefined = undefined;
  responseBody: BodyReader | undefined = undefined;

  /** Whether the request is whole, and whether the final response's headers were seen. */
  requestEnded = false;
  responded = false;
  /** How often frames of each direction had been missed when what came of it was known to be whole; -1: never. */
  clientLosses = 0;
  serverLosses = 0;
  /** Whether DATA may have been missed, so that a size is too small. */
  isShort = false;
  /** Whether it is known which protocol's this stream is. */
  decision: typeof UNDECIDED | typeof REPORTED | typeof UNREPORTED = UNDECIDED;
  reporter: Reporter | undefined = undefined;
  /** While undecided: the one that may claim it. */
  candidate: Reporter | undefined = undefined;
  roundTrip: RoundTrip<Stream> | undefined = undefined;

  constructor(readonly id: number, { sec, nsec }: { readonly sec: number; readonly nsec: number }) {
    this.sec = sec;
    this.nsec = nsec;
  }
}
