/**
 * Tells the service manager how the agent is: ready, ending, and alive (sd_notify(3), the protocol of
 * systemd's `Type=notify` and `WatchdogSec=`). Without one it tells nobody.
 */
import { NotifySocket } from "../../ffi/mod.ts";
import type { Say } from "../export/log_line.ts";

export class ServiceManager {
  readonly #socket: NotifySocket | undefined;
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * @param path of the socket (NOTIFY_SOCKET); empty for none
   * @param watchdogUsec after how much silence the manager takes the agent for dead (WATCHDOG_USEC); empty for never
   */
  constructor(path: string, watchdogUsec: string, say: Say) {
    if (path === "") return;
    try {
      this.#socket = new NotifySocket(path);
    } catch (error) {
      say("WARN", "agent", `the service manager cannot be told anything: ${(error as Error).message}`);
      return;
    }
    const watchdogMs = Number(watchdogUsec) / 1000;
    // Half of the time is what sd_watchdog_enabled(3) recommends. The timer stands still when the event loop does.
    if (watchdogMs > 0) this.#timer = setInterval(() => this.#socket?.send("WATCHDOG=1"), watchdogMs / 2);
  }

  /** @param status one line for people: `systemctl status` shows it */
  ready(status: string): void {
    this.#socket?.send(`READY=1\nSTATUS=${status.replaceAll("\n", " ")}`);
  }

  ending(): void {
    this.#socket?.send("STOPPING=1");
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket?.close();
  }
}
