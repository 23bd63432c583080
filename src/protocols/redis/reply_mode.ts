/**
 * Which commands the server answers: `CLIENT REPLY OFF` silences it until `CLIENT REPLY ON`, `CLIENT REPLY SKIP` for
 * the next command only. https://redis.io/docs/latest/commands/client-reply/
 */
import { type CommandKind, isSubscription, RESET } from "./commands.ts";
import { AFTER_HUSH, type Doubt, MAY_BE_SILENT, NO_DOUBT } from "./messages.ts";

/** The server does not answer a command. */
export const SILENT = -1;

export class ReplyMode {
  /** Whether the server answers nothing now. */
  off = false;
  #skips = false;
  #hushed = false;

  /** @param known false where an earlier change may have been missed */
  constructor(public known: boolean) {}

  /** A command is sent: whether it is answered, and how certain that is. */
  next(kind: CommandKind): Doubt | typeof SILENT {
    const { off } = this;
    const skips = this.#skips;
    this.#skips = false;
    if (skips || (off && kind !== RESET)) return isSubscription(kind) ? MAY_BE_SILENT : SILENT;
    this.off = false;
    return this.#answered();
  }

  /** `CLIENT REPLY` is sent with this argument. */
  set(option: string): Doubt | typeof SILENT {
    this.known ||= option !== "SKIP";
    this.off = option === "OFF" || (this.off && option === "SKIP");
    this.#skips = option === "SKIP" && !this.off;
    if (option === "ON") return this.#answered();
    this.#hushed = true;
    return SILENT;
  }

  /** Changes may have been missed, or the server did not do as it was told. */
  forget(): void {
    this.off =
      this.#skips =
      this.#hushed =
      this.known =
        false;
  }

  #answered(): Doubt {
    const hushed = this.#hushed;
    this.#hushed = false;
    return hushed ? AFTER_HUSH : NO_DOUBT;
  }
}

/** Whether `CLIENT REPLY` takes this argument; anything else is answered by an error. */
export function isReplyOption(option: string): boolean {
  return option === "ON" || option === "OFF" || option === "SKIP";
}

/** Whether an error shows that the server refused `CLIENT REPLY` itself. */
export function isRefusal(error: string): boolean {
  return /^(NOAUTH|NOPERM|ERR unknown command .?client)\b/i.test(error);
}
