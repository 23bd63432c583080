/**
 * The library for flags and commands. Named here with its version and not in deno.json: `deno task` fetches all that
 * stands there or in a lock file that stands there, before it runs anything; and the demo needs none of it.
 */
export { Command, CommanderError, type Option } from "npm:commander@15.1.0";
