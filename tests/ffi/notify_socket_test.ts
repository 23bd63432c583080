/** What is sent to a service manager arrives as it was sent. */
import assert from "node:assert/strict";
import { NotifySocket } from "../../ffi/mod.ts";
import { testWhere } from "../capture/support.ts";
import { Notified } from "../tools/notified.ts";

testWhere(
  Deno.build.os === "linux" ? "" : "only Linux has a service manager that listens",
  "a message to the service manager arrives; nobody there, or a path that is none, does no harm",
  async () => {
    await using manager = await Notified.make();
    const socket = new NotifySocket(manager.path);
    try {
      assert.equal(socket.send("READY=1"), false, "nobody listens yet");
      await manager.listen();
      assert.ok(socket.send("READY=1\nSTATUS=captures on lo"));
      assert.equal(await manager.next(), "READY=1\nSTATUS=captures on lo");
    } finally {
      socket.close();
    }
    for (const wrong of ["relative", "/" + "x".repeat(200)]) assert.throws(() => new NotifySocket(wrong), RangeError);
  },
);
