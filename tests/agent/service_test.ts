/** What the agent tells a service manager. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { testWhere, withoutCapture } from "../capture/support.ts";
import { Notified } from "../tools/notified.ts";
import { AgentProcess, webConfig } from "./support.ts";

testWhere(withoutCapture, "a service manager is told READY, signs of life, and STOPPING", async () => {
  await using manager = await Notified.make();
  await manager.listen();
  const env = { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: "100000" };
  await using agent = await AgentProcess.start((port) => webConfig(port, 80), false, env);
  assert.equal(await manager.nextNews(), "READY=1\nSTATUS=captures from lo");
  await agent.get("/readyz"); // who is told so can rely on it
  assert.equal(await manager.next(), "WATCHDOG=1");
  assert.equal(await manager.next(), "WATCHDOG=1");
  agent.kill("SIGTERM");
  assert.equal(await manager.nextNews(), "STOPPING=1");
  assert.equal(await agent.ended(), 0);
});

testWhere(withoutCapture, "it is ready though its port is taken, and says that it is", async () => {
  await using manager = await Notified.make();
  await manager.listen();
  const taken = createServer();
  const env = { NOTIFY_SOCKET: manager.path };
  await using agent = await AgentProcess.start(
    (port) => {
      taken.listen(port, "127.0.0.1");
      return webConfig(port, 80);
    },
    false,
    env,
  );
  try {
    assert.match(await manager.next(), /^READY=1\nSTATUS=captures from lo; .*another program listens there/);
    agent.kill("SIGTERM");
    assert.equal(await manager.next(), "STOPPING=1");
    assert.equal(await agent.ended(), 0);
  } finally {
    taken.close();
    await once(taken, "close");
  }
});
