/** Round trips of a protocol that only has labels, for what comes after decoding. */
import { latin1 } from "../../src/bytes/text.ts";
import { Endpoint, type Flow } from "../../src/core/flow.ts";
import type { Protocol } from "../../src/core/protocol.ts";
import { RoundTrip } from "../../src/core/roundtrip.ts";
import { seeded } from "../../tests/tools/random.ts";
import { timed } from "../measure.ts";

const ROUND_TRIPS = 200_000;
/** So that no series is idle for long enough to be forgotten. */
const PER_SECOND = 10_000;
export const LABELS = ["server.port", "request.method", "request.path", "response.status_code"];

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export const web = {
  name: "web",
  title: "Web",
  labels: {
    "request.method": { name: "method", read: ({ detail }) => detail.method },
    "request.path": { name: "path", read: ({ detail }) => detail.path },
    "response.status_code": { name: "status_code", read: ({ detail }) => String(detail.status) },
  },
} as Pick<Protocol<Asked>, "name" | "title" | "labels"> as Protocol;

/** Round trips as they come from a decoder: their paths are strings that were never looked up before. */
export function roundTrips(paths: number): RoundTrip<Asked>[] {
  const random = seeded(1);
  const flow: Flow = {
    transport: "tcp",
    client: new Endpoint(Uint8Array.of(10, 0, 0, 1), 40000),
    server: new Endpoint(Uint8Array.of(10, 0, 0, 2), 80),
    sawStart: true,
  };
  return Array.from({ length: ROUND_TRIPS }, (_, i) => {
    const bytes = new TextEncoder().encode(`/products/${Math.trunc(random() * paths)}/details`);
    const detail = { method: "GET", path: latin1(bytes, 0, bytes.length), status: i % 50 === 0 ? 404 : 200 };
    const roundTrip = new RoundTrip<Asked>(web as Protocol<Asked>, flow, detail, Math.trunc(i / PER_SECOND), 0, 600);
    roundTrip.responseSec = roundTrip.requestSec;
    roundTrip.responseNsec = Math.trunc(random() * 5e7);
    roundTrip.responseBytes = 1000 + i % 5000;
    roundTrip.answered = true;
    return roundTrip;
  });
}

/** Does something with a round trip. */
export type Take = (roundTrip: RoundTrip<Asked>) => void;

/** Gives round trips that are new each time to `take`; returns the nanoseconds of each. */
export function taking(paths: number, take: Take): () => number {
  return () => {
    const all = roundTrips(paths);
    return timed(() => all.forEach(take)) / all.length;
  };
}
