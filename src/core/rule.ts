/** What the user asked to decode: `--proto 'http;80,8080;127.0.0.1'`, or a rule of the configuration. */
export interface Rule {
  /** Name of the protocol. */
  readonly protocol: string;
  /** Ports of servers. */
  readonly ports: readonly number[];
  /** Only flows of this host (address or name); empty for all. */
  readonly host: string;
}
