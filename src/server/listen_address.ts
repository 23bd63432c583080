/** Where the server listens. */

export interface ListenAddress {
  /** Empty for all addresses, IPv6 and IPv4. */
  readonly host: string;
  readonly port: number;
}

/** Reads `:9091`, `127.0.0.1:9091`, `[::1]:9091` or `name:9091`. @throws Error that names the value */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-f:.]+(?:%\w+)?)\]|([^:[\]\s]*)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new Error(`server.address (${text}) is no host:port, such as :9091, 127.0.0.1:9091 or [::1]:9091`);
  }
  return { host: match[1] ?? match[2], port };
}

/** Why listening failed, for who wrote the configuration. */
export function listenFailure(text: string, error: Error & { code?: string }): Error {
  const why = error.code === "EADDRINUSE"
    ? "another program listens there; stop it, or choose another port"
    : error.code === "EACCES"
    ? "this user may not listen there; ports below 1024 need a privilege"
    : error.code === "EADDRNOTAVAIL" || error.code === "EINVAL"
    ? "this machine has no such address"
    : error.message;
  return new Error(`cannot listen on server.address (${text}): ${why}`, { cause: error });
}
