/** What there is, at which path, by which method, and for whom. */
import { Control } from "./control.ts";
import { type Exchange, TEXT_TYPE } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import { Metrics, type MetricsPage } from "./metrics.ts";
import type { Observed } from "./observed.ts";
import type { Watch } from "./watch.ts";

export interface Route {
  readonly methods: readonly string[];
  /** Only for clients on this machine and for those with the token. */
  readonly guarded: boolean;
  answer(exchange: Exchange): void | Promise<void>;
}

/** As Prometheus' own client for Go says it. */
const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
/** The contract's three routes answer no HEAD. */
const GET = ["GET"];
const GET_HEAD = ["GET", "HEAD"];
const POST = ["POST"];

/** All routes but those of `/debug/pprof/`, by path. */
export function routesOf(observed: Observed, watch: Watch, limits: Limits): ReadonlyMap<string, Route> {
  const control = new Control(observed);
  const metrics = new Metrics(limits);
  const self: MetricsPage = {
    textType: PROMETHEUS_TYPE,
    text: () => [observed.selfMetrics("prometheus")],
    openMetrics: () => [observed.selfMetrics("openmetrics")],
  };
  const protocols: MetricsPage = {
    textType: TEXT_TYPE,
    text: () => observed.protocolMetrics("contract"),
    openMetrics: () => observed.protocolMetrics("openmetrics"),
  };
  return new Map<string, Route>([
    ["/metrics", { methods: GET, guarded: false, answer: (exchange) => metrics.answer(exchange, self) }],
    ["/protocol/metrics", { methods: GET, guarded: false, answer: (exchange) => metrics.answer(exchange, protocols) }],
    ["/watch", { methods: GET, guarded: true, answer: (exchange) => watch.answer(exchange) }],
    ["/healthz", { methods: GET_HEAD, guarded: false, answer: (exchange) => control.health(exchange) }],
    ["/readyz", { methods: GET_HEAD, guarded: false, answer: (exchange) => control.readiness(exchange) }],
    ["/-/status", { methods: GET_HEAD, guarded: true, answer: (exchange) => control.status(exchange) }],
    ["/-/logger", { methods: POST, guarded: true, answer: (exchange) => control.setLevel(exchange) }],
    ["/-/reload", { methods: POST, guarded: true, answer: (exchange) => control.reload(exchange) }],
    ["/-/reset", { methods: POST, guarded: true, answer: (exchange) => control.reset(exchange) }],
  ]);
}
