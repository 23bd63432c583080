/**
 * OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/), one request at a time, by OpenTelemetry's own transport. It
 * tries again on 429, 502, 503 and 504 and where no connection comes about, after pauses that grow or that the receiver asks
 * for, until the timeout is over.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import {
  CompressionAlgorithm,
  type IOtlpExportDelegate,
  OTLPExporterError,
} from "npm:@opentelemetry/otlp-exporter-base@0.301.1";
import { createOtlpHttpExportDelegate } from "npm:@opentelemetry/otlp-exporter-base@0.301.1/node-http";
import {
  type IExportTraceServiceResponse,
  type ISerializer,
  ProtobufTraceSerializer,
} from "npm:@opentelemetry/otlp-transformer@0.301.1";
import { PROGRAM, VERSION } from "../core/version.ts";
import type { Receiver } from "./otlp_receiver.ts";
import { shortened } from "./printable.ts";

/** Longest piece of an answer that is repeated to people. */
const SHOWN_ANSWER = 200;
/** After so many timeouts a request is cut off: a receiver that sends a byte now and then would hold it for ever. */
const PATIENCE = 2;

/** What came of a request. */
export type Outcome =
  /** Taken, but for as many spans as were rejected; the message is what the receiver had to say, often nothing. */
  | { readonly kind: "taken"; readonly rejected: number; readonly message: string }
  /** Answered with no, as it would be again. */
  | { readonly kind: "refused"; readonly message: string }
  /** Not delivered in spite of several tries: it may be taken later. */
  | { readonly kind: "undelivered"; readonly message: string };

export class OtlpTransport {
  /** Whether it sends nothing any more. */
  closed = false;

  readonly #receiver: Receiver;
  readonly #onRequest: () => void;
  readonly #delegate: IOtlpExportDelegate<Uint8Array>;
  #agent: HttpAgent | undefined;
  #isUnderWay = false;
  /** Of the request under way. */
  #length = 0;
  #rejected = 0;
  #message = "";

  /** @param onRequest called before each HTTP request, repetitions included */
  constructor(receiver: Receiver, onRequest: () => void) {
    this.#receiver = receiver;
    this.#onRequest = onRequest;
    const serializer: ISerializer<Uint8Array, IExportTraceServiceResponse> = {
      serializeRequest: (request) => request,
      deserializeResponse: (answer) => this.#read(answer),
    };
    this.#delegate = createOtlpHttpExportDelegate(
      {
        url: receiver.url,
        headers: () => this.#headers(),
        timeoutMillis: receiver.timeoutMs,
        concurrencyLimit: 2, // a request counts as under way until shortly after its end was told
        compression: CompressionAlgorithm.NONE,
        agentFactory: () => this.#connections(),
        userAgent: `${PROGRAM}/${VERSION}`,
      },
      serializer,
      "otlp_http_span_exporter",
      { name: "span", countItems: () => 0 }, // its metrics are not used
      undefined,
    );
  }

  /** Sends an ExportTraceServiceRequest. Never rejects. To be called again only after its end, and not once closed. */
  async send(request: Uint8Array): Promise<Outcome> {
    this.#length = request.length;
    this.#rejected = 0;
    this.#message = "";
    const ms = this.#receiver.timeoutMs * PATIENCE;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLong = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => resolve({ kind: "undelivered", message: `no whole answer within ${ms} ms` }), ms);
    });
    const ended = this.#export(request).finally(() => clearTimeout(timer));
    const outcome = await Promise.race([ended, tooLong]);
    if (this.#isUnderWay) this.close();
    return outcome;
  }

  /** Ends what is under way; nothing is sent any more. A pause of the transport may last on, up to the timeout. */
  close(): void {
    this.closed = true;
    this.#agent?.destroy();
  }

  #export(request: Uint8Array): Promise<Outcome> {
    this.#isUnderWay = true;
    return new Promise((resolve) => {
      this.#delegate.export(request, ({ error }) => {
        this.#isUnderWay = false;
        if (error === undefined) resolve({ kind: "taken", rejected: this.#rejected, message: this.#message });
        else if (error instanceof OTLPExporterError && error.code !== undefined) {
          resolve({ kind: "refused", message: answerText(error) });
        } else resolve({ kind: "undelivered", message: errorText(error, this.#receiver) });
      });
    });
  }

  /** Called before each attempt. */
  #headers(): Promise<Record<string, string>> {
    if (this.closed) return Promise.reject(new Error("closed"));
    this.#onRequest();
    return Promise.resolve({
      ...this.#receiver.headers,
      "Content-Type": "application/x-protobuf",
      "Content-Length": String(this.#length),
    });
  }

  #connections(): HttpAgent {
    const { trusted } = this.#receiver;
    const options = { keepAlive: true, maxSockets: 1 };
    this.#agent = trusted === undefined ? new HttpAgent(options) : new HttpsAgent({ ...options, ca: trusted });
    return this.#agent;
  }

  /** Reads what was answered to a request that was taken: some of its spans may have been rejected. */
  #read(answer: Uint8Array): IExportTraceServiceResponse {
    try {
      const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(answer);
      const rejected = partialSuccess?.rejectedSpans ?? 0;
      this.#rejected = rejected < 2 ** 63 ? rejected : 0; // beyond, it is a negative int64
      this.#message = shortened(partialSuccess?.errorMessage ?? "", SHOWN_ANSWER);
    } catch {
      this.#message = "its answer is none of OTLP";
    }
    return {};
  }
}

function answerText({ code, message, data = "" }: OTLPExporterError): string {
  const text = `HTTP ${code} ${message}`.trimEnd();
  return data === "" ? text : `${text}: ${shortened(data, SHOWN_ANSWER)}`;
}

/** Codes of errors that are about the receiver's certificate (X509_V_ERR_..., as node names them). */
const CERTIFICATE = /CERT|SIGNATURE|ISSUER|CRL|ERR_TLS/;

function errorText(error: Error, { name }: Receiver): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (error instanceof OTLPExporterError) return "HTTP 429, 502, 503 or 504, again and again";
  if (!CERTIFICATE.test(code)) return error.message;
  return `the certificate of ${new URL(name).host} is not trusted: ${error.message} (${code}); ` +
    "its issuer must be among the system's certificates";
}
