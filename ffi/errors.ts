/** What C functions report as return codes becomes one kind of error here, in words that say what to do. */

/**
 * What failed:
 * - `library`: the shared library is missing, or may not be loaded;
 * - `privilege`: the operating system refuses this process;
 * - `device`: the interface is missing or cannot be captured on;
 * - `filter`: libpcap does not accept a filter expression;
 * - `system`: anything else.
 */
export type NativeErrorKind = "library" | "privilege" | "device" | "filter" | "system";

/** A failed call into C. */
export class NativeError extends Error {
  override readonly name = "NativeError";

  /** @param code errno, or the status code of libpcap; 0 where there is none */
  constructor(readonly kind: NativeErrorKind, message: string, readonly code = 0) {
    super(message);
  }
}

/** Why a call failed, as its library tells it. */
export interface Failure {
  readonly kind: NativeErrorKind;
  readonly text: string;
  readonly code: number;
}

/**
 * The one check of return codes: passes what is 0 or more, throws for what is negative.
 *
 * @param what the call and what it was asked for: `bind to eth0`
 * @param why asks the library for the reason; called at once, before anything else can overwrite it
 */
export function checked(code: number, what: string, why: (code: number) => Failure): number {
  if (code >= 0) return code;
  const failure = why(code);
  if (failure.kind === "privilege") throw new NativeError("privilege", privilegeHelp(what, failure.text), failure.code);
  throw new NativeError(failure.kind, `${what}: ${failure.text}`, failure.code);
}

/** What to do when the operating system refuses to let this process capture. */
function privilegeHelp(what: string, reason: string): string {
  const refused = `no permission to capture (${what}: ${reason}).`;
  if (Deno.build.os === "windows") {
    return `${refused} Run as administrator, or install Npcap without the restriction to administrators.`;
  }
  if (Deno.build.os !== "linux") {
    return `${refused} Run with sudo, or give your user read access to /dev/bpf*.`;
  }
  return [
    `${refused} The capability CAP_NET_RAW is missing.`,
    `  Run with sudo, or give the program the capability once:`,
    `    sudo setcap cap_net_raw+ep ${shellWord(Deno.execPath())}`,
    `  If it has it already: a container needs --cap-add NET_RAW; a file system mounted nosuid and the`,
    `  no_new_privs flag (NoNewPrivileges= of systemd, many sandboxes) make file capabilities void;`,
    `  SELinux and AppArmor may forbid packet sockets.`,
  ].join("\n");
}

function shellWord(path: string): string {
  return /^[\w./+@%:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
