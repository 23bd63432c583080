/** The configuration of the agent: reading and checking it, its reference, and what another one changes. */
export { type Difference, differences, maskedConfig, withoutRestart } from "./compare.ts";
export type { Config } from "./config.ts";
export { loadConfig, type Loaded, type LoadOptions } from "./load.ts";
export type { Problem } from "./reading.ts";
export { MAX_BYTES } from "./yaml.ts";
