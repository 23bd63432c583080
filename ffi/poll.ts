/**
 * Waits for any of several descriptors without holding up the event loop: signals, timers and writes go on meanwhile.
 * poll(2) runs on a thread of Deno's pool; a wake costs 40 µs of CPU, where a timer of 1 ms comes after 2 ms.
 */
import { POLLFD } from "./layout.ts";
import { libc } from "./libc.ts";

const POLLIN = 1;

export class PollSet {
  readonly #descriptors: number[] = [];
  /** Made anew whenever the set changes: the old one may be in the kernel's hands. */
  #records = new Uint8Array(0);
  #pending: Promise<void> | undefined;

  add(descriptor: number): void {
    this.#descriptors.push(descriptor);
    this.#rebuild();
  }

  /**
   * Takes a descriptor out of the set.
   *
   * @returns when it may be closed: at once (undefined), or when the poll that is under way has ended
   */
  remove(descriptor: number): Promise<void> | undefined {
    const at = this.#descriptors.indexOf(descriptor);
    if (at < 0) return undefined;
    this.#descriptors.splice(at, 1);
    this.#rebuild();
    return this.#pending;
  }

  /**
   * Fulfilled when a descriptor is readable or has an error, or after `ms` milliseconds. A call while another waits
   * shares its promise: any number of sources on one set cost one thread and one wake.
   */
  wait(ms: number): Promise<void> {
    return this.#pending ??= this.#poll(ms).finally(() => this.#pending = undefined);
  }

  async #poll(ms: number): Promise<void> {
    const records = this.#records; // held until poll returns
    const code = await libc().poll(records, BigInt(records.length / POLLFD.size), Math.max(0, Math.ceil(ms)));
    // Interrupted, or refused: the promise to wait is kept by a timer, so that no caller spins.
    if (code < 0) await new Promise((resolve) => setTimeout(resolve, ms));
  }

  #rebuild(): void {
    this.#records = new Uint8Array(this.#descriptors.length * POLLFD.size);
    const view = new DataView(this.#records.buffer);
    this.#descriptors.forEach((descriptor, i) => {
      view.setInt32(i * POLLFD.size + POLLFD.descriptor, descriptor, true);
      view.setInt16(i * POLLFD.size + POLLFD.events, POLLIN, true); // errors are always reported
    });
  }
}
