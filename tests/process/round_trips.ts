/** Round trips of a protocol that is made up, for tests that need no decoder. */
import { Endpoint, type Flow } from "../../src/core/flow.ts";
import type { Protocol } from "../../src/core/protocol.ts";
import { RoundTrip } from "../../src/core/roundtrip.ts";

export interface Asked {
  readonly path: string;
  readonly status: number;
  readonly rows?: number;
}

/** A protocol with what metrics ask of it; its response may only be read when there is one. */
export const web = {
  name: "web",
  title: "Web",
  labels: {
    "request.path": { name: "path", readsKeptText: true, read: ({ detail }) => detail.path },
    "response.status_code": {
      name: "status_code",
      read: ({ answered, detail }) => {
        if (!answered) throw new Error("there is no response");
        return String(detail.status);
      },
    },
  },
  measures: [
    { name: "response_rows", kind: "counter", help: "Rows", read: ({ detail }) => detail.rows ?? NaN },
    { name: "response_pages", kind: "histogram", help: "Pages", read: ({ detail }) => detail.rows ?? NaN },
  ],
} as Pick<Protocol<Asked>, "name" | "title" | "labels" | "measures"> as Protocol;

export const flow: Flow = {
  transport: "tcp",
  client: new Endpoint(Uint8Array.of(10, 0, 0, 1), 40000),
  server: new Endpoint(Uint8Array.of(10, 0, 0, 2), 80),
  sawStart: true,
};

/** A request of 100 bytes that was never answered. */
export function asked(detail: Asked): RoundTrip {
  return new RoundTrip<unknown>(web, flow, detail, 1000, 0, 100);
}

/** The same with its response. */
export function answered(detail: Asked, durationNs = 1e6, responseBytes = 25): RoundTrip {
  const roundTrip = asked(detail);
  roundTrip.responseSec = 1000;
  roundTrip.responseNsec = durationNs;
  roundTrip.responseBytes = responseBytes;
  roundTrip.answered = true;
  return roundTrip;
}
