import assert from "node:assert/strict";
import { prefersOpenMetrics } from "../../src/server/negotiation.ts";

Deno.test("plain text unless OpenMetrics is preferred", () => {
  for (
    const accept of [
      undefined,
      "",
      "*/*",
      "text/*",
      "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
      "application/openmetrics-text;q=0",
      "application/openmetrics-text;q=0.5,*/*",
      "text/plain,application/openmetrics-text",
      "application/openmetrics-text;version=2.0.0,text/plain;q=0.1",
      "application/openmetrics-text;q=banana",
      "application/openmetrics-text;q=-1,application/openmetrics-text;q=1e9",
      ",;,/;=;q=,",
    ]
  ) assert.equal(prefersOpenMetrics(accept), false, `${accept}`);
});

Deno.test("OpenMetrics where it is preferred", () => {
  for (
    const accept of [
      "application/openmetrics-text",
      "Application/OpenMetrics-Text ; Version=1.0.0 ; charset=utf-8",
      'application/openmetrics-text;version="1.0.0"',
      "application/*",
      "application/openmetrics-text,*/*",
      "application/openmetrics-text,text/plain",
      "text/plain;q=0.5,application/openmetrics-text;q=0.6",
      "text/plain;version=1.0.0,application/openmetrics-text;q=0.6",
      // Prometheus 2.53 and 3.0
      "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    ]
  ) assert.equal(prefersOpenMetrics(accept), true, accept);
});
