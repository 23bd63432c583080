/**
 * The socket on which a service manager listens to its services (sd_notify(3)): datagrams of a Unix socket, which Deno
 * itself does not send.
 */
import { checked } from "./errors.ts";
import { libc, libcFailure } from "./libc.ts";

const AF_UNIX = 1, SOCK_DGRAM = 2, SOCK_CLOEXEC = 0x80000, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;
/** struct sockaddr_un { uint16_t family; char path[108]; } */
const FAMILY_BYTES = 2, PATH_BYTES = 108;

export class NotifySocket {
  readonly #descriptor: number;
  readonly #address: Uint8Array<ArrayBuffer>;

  /**
   * @param path an absolute path, or `@` and a name in the abstract namespace
   * @throws NativeError, or RangeError for a path that no address can hold
   */
  constructor(path: string) {
    const name = new TextEncoder().encode(path);
    if (name.length >= PATH_BYTES || !/^[/@]/.test(path)) throw new RangeError(`'${path}' is no path of a Unix socket`);
    this.#address = new Uint8Array(FAMILY_BYTES + name.length);
    this.#address[0] = AF_UNIX;
    this.#address.set(name, FAMILY_BYTES);
    if (path[0] === "@") this.#address[FAMILY_BYTES] = 0;
    this.#descriptor = checked(libc().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "notify socket", libcFailure);
  }

  /** Sends a message; false when nobody took it. Never waits. */
  send(text: string): boolean {
    const bytes = new TextEncoder().encode(text);
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const sent = libc().sendto(
      this.#descriptor,
      bytes,
      BigInt(bytes.length),
      flags,
      this.#address,
      this.#address.length,
    );
    return Number(sent) === bytes.length;
  }

  close(): void {
    libc().close(this.#descriptor);
  }
}
