/** What every protocol says of the kind of a request, and of what came of it. */
import assert from "node:assert/strict";
import type { RoundTrip } from "../../src/core/roundtrip.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { visitAllCases } from "../query/round_trips.ts";

Deno.test("each recorded round trip has an endpoint and a status of few words, the label the same", async () => {
  const endpoints = new Map<string, Set<string>>();
  const requests = new Map<string, Set<string>>();
  const add = (sets: Map<string, Set<string>>, { protocol }: RoundTrip, text: string) =>
    sets.set(protocol.name, (sets.get(protocol.name) ?? new Set()).add(text));
  await visitAllCases((roundTrip, claim) => {
    const { protocol } = roundTrip;
    const endpoint = protocol.endpoint(roundTrip);
    assert.ok(endpoint !== "" && endpoint.length <= 600, `${claim}: '${endpoint}'`);
    assert.equal(protocol.labels["request.endpoint"].read(roundTrip), endpoint);
    add(endpoints, roundTrip, endpoint);
    add(requests, roundTrip, protocol.asked(roundTrip, { showSecrets: true }));
    if (!roundTrip.answered) return;
    const status = protocol.status?.(roundTrip) ?? protocol.result(roundTrip);
    assert.ok(status !== "" && status.length <= 64, `${claim}: '${status}'`);
  });
  for (const { name } of protocols) assert.ok(endpoints.get(name)!.size <= requests.get(name)!.size, name);
});

Deno.test("protocols of SQL have the fingerprint as a label of its own", () => {
  const having = protocols.filter(({ labels }) => "request.fingerprint" in labels).map(({ name }) => name);
  assert.deepEqual(having, ["mysql", "postgresql"]);
});
