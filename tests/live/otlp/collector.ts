/** A Collector of OpenTelemetry's own code, what it received, and a receiver before it that is not always well. */
import { goProgram } from "../cached.ts";
import type { Stage } from "../harness.ts";

const PATH = "/v1/traces";

export type Value = string | number | readonly string[];

/** A span as it came out of the Collector. */
export interface ReceivedSpan {
  readonly serviceName: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly message?: string; readonly code?: number };
  readonly attributes: Readonly<Record<string, Value>>;
}

/** Of OTLP/JSON (opentelemetry-proto's common.proto): an object with one member, which tells the type. */
type WireValue = Readonly<Record<string, unknown>>;
interface WireAttributes {
  readonly attributes?: readonly { readonly key: string; readonly value: WireValue }[];
}
interface WireBatch {
  readonly resourceSpans: readonly {
    readonly resource: WireAttributes;
    readonly scopeSpans: readonly { readonly spans: readonly (Omit<ReceivedSpan, "attributes"> & WireAttributes)[] }[];
  }[];
}

export class Collector {
  readonly #output: string;

  private constructor(readonly url: string, output: string) {
    this.#output = output;
  }

  static async start(stage: Stage): Promise<Collector> {
    const program = await goProgram(stage, "otel-collector", new URL("collector", import.meta.url).pathname);
    const port = await stage.freePort();
    const config = await stage.write(
      "collector.yaml",
      `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}}
exporters: {lines: {}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [lines]}}
`,
    );
    const outputFile = "spans.jsonl";
    const server = await stage.start("collector", program, ["--config", config], { outputFile });
    await server.listens(port);
    return new Collector(`http://127.0.0.1:${port}${PATH}`, stage.path(outputFile));
  }

  /** Everything that it has received. */
  async spans(): Promise<ReceivedSpan[]> {
    const lines = (await Deno.readTextFile(this.#output)).split("\n").filter((line) => line !== "");
    const batches: WireBatch[] = lines.map((line) => JSON.parse(line));
    return batches.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ resource, scopeSpans }) => {
        const serviceName = String(valuesOf(resource)["service.name"]);
        return scopeSpans.flatMap(({ spans }) =>
          spans.map((span) => ({ ...span, serviceName, attributes: valuesOf(span) }))
        );
      })
    );
  }
}

function valuesOf({ attributes = [] }: WireAttributes): Record<string, Value> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf(value: WireValue): Value {
  if ("intValue" in value) return Number(value.intValue); // 64 bits are text in JSON
  if ("arrayValue" in value) {
    return (value.arrayValue as { values?: WireValue[] }).values?.map(valueOf).map(String) ?? [];
  }
  return Object.values(value)[0] as Value;
}

/** Before a receiver: one request of so many is answered with 503, the others are passed on. */
export class Flaky {
  requests = 0;
  refused = 0;
  readonly url: string;

  constructor(stage: Stage, receiver: string, every: number) {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ headers, body }) => {
      if (++this.requests % every === 0) {
        this.refused++;
        await body?.cancel();
        return new Response(null, { status: 503 });
      }
      const answer = await fetch(receiver, { method: "POST", headers, body });
      return new Response(answer.body, answer);
    });
    stage.atEnd(() => server.shutdown());
    this.url = `http://127.0.0.1:${server.addr.port}${PATH}`;
  }
}
