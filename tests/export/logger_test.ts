/** The agent's log. */
import assert from "node:assert/strict";
import { Logger } from "../../src/export/logger.ts";
import type { LineOutput } from "../../src/export/output.ts";

class Memory implements LineOutput {
  text = "";
  closed = false;
  lostLines = 0;
  write(bytes: Uint8Array): void {
    this.text += new TextDecoder().decode(bytes);
  }
  ready = () => Promise.resolve();
  drained = () => Promise.resolve();
  close(): void {
    this.closed = true;
  }
}

Deno.test("a line is time, level, where from and message, separated by tabs, whatever the message holds", async () => {
  const output = new Memory();
  const logger = new Logger("debug", output);
  logger.say("WARN", "capture", "100 % of {braces} {{twice}} and\x1b[31m\n");
  logger.say("DEBUG", "server", "small");
  await logger.close();
  const [warn, debug] = output.text.trimEnd().split("\n");
  assert.match(warn, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\tWARN\tcapture\t/);
  assert.ok(warn.includes("100 % of {braces} {{twice}} and"), warn);
  assert.ok(!warn.includes("\x1b"));
  assert.match(debug, /\tDEBUG\tserver\tsmall$/);
  assert.ok(output.closed);
});

Deno.test("the level changes while it runs; a level that there is not changes nothing", async () => {
  const output = new Memory();
  const logger = new Logger("info", output);
  logger.say("DEBUG", "a", "not yet");
  assert.ok(logger.setLevel(" Debug "));
  logger.say("DEBUG", "a", "now");
  assert.ok(!logger.setLevel("loud"));
  assert.ok(logger.setLevel("error"));
  logger.say("WARN", "a", "no more");
  const elsewhere = new Memory();
  logger.setOutput(elsewhere);
  logger.say("ERROR", "a", "there");
  await logger.close();
  assert.match(output.text, /^\S+ \S+\tDEBUG\ta\tnow\n$/);
  assert.match(elsewhere.text, /\tERROR\ta\tthere\n$/);
});
