/** What is sent to a service manager arrives as it was sent. */
import assert from "node:assert/strict";
import { NotifySocket } from "../../ffi/mod.ts";
import { testWhere } from "../capture/support.ts";

/** Prints every datagram of a Unix socket, a line each, and says first that it listens. */
const RECEIVER = `
  const socket = Deno.listenDatagram({ path: Deno.args[0], transport: "unixpacket" });
  console.log("listening");
  for await (const [bytes] of socket) console.log(JSON.stringify(new TextDecoder().decode(bytes)));
`;

testWhere(
  Deno.build.os === "linux" ? "" : "only Linux has a service manager that listens",
  "a message to the service manager arrives; nobody there, or a path that is none, does no harm",
  async () => {
    const folder = await Deno.makeTempDir(), path = `${folder}/notify`;
    await Deno.writeTextFile(`${folder}/receiver.ts`, RECEIVER);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--no-lock",
        "--unstable-net",
        "--allow-all",
        `${folder}/receiver.ts`,
        path,
      ],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const socket = new NotifySocket(path);
    try {
      assert.equal(socket.send("READY=1"), false, "nobody listens yet");
      assert.equal((await lines.read()).value, "listening\n");
      assert.ok(socket.send("READY=1\nSTATUS=captures on lo"));
      assert.equal((await lines.read()).value, '"READY=1\\nSTATUS=captures on lo"\n');
    } finally {
      socket.close();
      await lines.cancel();
      child.kill();
      await child.status;
      await Deno.remove(folder, { recursive: true });
    }
    for (const wrong of ["relative", "/" + "x".repeat(200)]) assert.throws(() => new NotifySocket(wrong), RangeError);
  },
);
