/** Stands in a rule for all protocols, on any port. */
export const AUTO = "auto";
/** Stands among a rule's ports for every other one. */
export const ANY_PORT = "any";

/** What the user asked to decode: `--proto 'http;80,8080;127.0.0.1'`, or a rule of the configuration. */
export interface Rule {
  /** Name of the protocol. */
  readonly protocol: string;
  /** Ports of servers. A hint: a flow that clearly speaks something else there is not taken for this protocol. */
  readonly ports: readonly number[];
  /** Whether the protocol is recognised on all other ports too, by its bytes alone and only where they are certain. */
  readonly anyPort?: boolean;
  /** Only flows of this host (address or name); empty for all. */
  readonly host: string;
}
