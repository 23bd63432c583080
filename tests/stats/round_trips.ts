/** Round trips of a protocol that is made up, for groups and tables. */
import { Endpoint, type Flow } from "../../src/core/flow.ts";
import type { Protocol } from "../../src/core/protocol.ts";
import { RoundTrip } from "../../src/core/roundtrip.ts";

export interface Asked {
  readonly path: string;
  readonly failed: boolean;
}

export const web = {
  name: "web",
  title: "Web",
  labels: {},
  endpoint: ({ detail }) => detail.path,
  status: ({ detail }) => detail.failed ? "500" : "200",
  failed: ({ detail }) => detail.failed,
  asked: ({ detail }) => `GET ${detail.path}`,
} as Partial<Protocol<Asked>> as unknown as Protocol;

const flow: Flow = {
  transport: "tcp",
  client: new Endpoint(Uint8Array.of(10, 0, 0, 1), 40000),
  server: new Endpoint(Uint8Array.of(10, 0, 0, 2), 80),
  sawStart: true,
};

/** A request of 100 bytes that was never answered. */
export function asked(path: string, sec = 1000): RoundTrip {
  return new RoundTrip<unknown>(web, flow, { path, failed: false }, sec, 0, 100);
}

/** The same with a response of 25 bytes. */
export function answered(path: string, durationNs: number, sec = 1000, failed = false): RoundTrip {
  const roundTrip = new RoundTrip<unknown>(web, flow, { path, failed }, sec, 0, 100);
  roundTrip.responseSec = sec + Math.trunc(durationNs / 1e9);
  roundTrip.responseNsec = durationNs % 1e9;
  roundTrip.responseBytes = 25;
  roundTrip.answered = true;
  return roundTrip;
}
