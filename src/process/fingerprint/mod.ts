/**
 * Fingerprints: what was asked without what it was asked about, so that there are few of them. Protocols make their
 * `endpoint` of these.
 */
export { domainSuffix } from "./domain.ts";
export { nameEndpoint, pathEndpoint } from "./endpoint.ts";
export { Lately } from "./lately.ts";
export { nameTemplate, pathTemplate } from "./path.ts";
export { sqlFingerprint } from "./sql.ts";
