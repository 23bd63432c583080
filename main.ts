/** packetd: observes network traffic passively and prints its requests with their responses. */
import { run } from "./src/cli/run.ts";

Deno.exit(await run(Deno.args));
