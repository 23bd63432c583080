/** A storage to be pushed, and an exporter that pushes it. */
import { RemoteWrite, type RemoteWriteOptions } from "../../src/export/remote_write.ts";
import type { QueueLimits } from "../../src/export/remote_write_queue.ts";
import { SECONDS } from "../../src/process/buckets.ts";
import { MetricStorage, type StorageOptions } from "../../src/process/storage.ts";

export const NEVER_NS = 3600e9;

export function storageOf(options: Partial<StorageOptions> = {}) {
  const storage = new MetricStorage({ vmHistogram: false, expiredSec: 300, maxSeries: 200_000, ...options });
  const group = storage.group("web", ["path", "method"]);
  const requests = group.counter("web_requests_total", "Requests");
  const seconds = group.histogram("web_request_duration_seconds", "Durations", SECONDS);
  const count = (path: string, sec = 1000) => requests.of(group.find([path, "GET"])).add(1, sec);
  const observe = (path: string, value: number) => seconds.of(group.find([path, "GET"])).observe(value, 1000);
  return { storage, count, observe };
}

/** One that pushes only when it ends, unless the options say otherwise. */
export function exporterOf(
  storage: MetricStorage,
  endpoint: string,
  options: Partial<RemoteWriteOptions> = {},
  limits: Partial<QueueLimits> = {},
) {
  const said: string[] = [];
  const all = { endpoint, header: new Map(), intervalNs: NEVER_NS, timeoutNs: 5e9, ...options };
  const exporter = new RemoteWrite(storage, all, (level, from, text) => said.push(`${level} ${from} ${text}`), {
    pauseMs: 10,
    ...limits,
  });
  return { exporter, said, options: all };
}
