/** A terminal as one screen that is drawn in place, and given back as it was however the program ends. */
import { writeOutput } from "./talk.ts";

/** The alternate screen without cursor, without lines that wrap around; and back (ECMA-48, xterm's private modes). */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l", LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H", ERASE_LINE = "\x1b[K", ERASE_BELOW = "\x1b[J";
/** What is taken for the size of a terminal that does not tell its own. */
const USUAL_SIZE = { columns: 80, rows: 24 };

const encoder = new TextEncoder();

export class Terminal {
  readonly #onKeys: (text: string) => void;
  readonly #onResize: () => void;
  readonly #restore = () => this.close();
  isOpen = false;
  /** The frame that is being written, and the one that comes next: a newer one takes its place. */
  #drawing: Promise<void> | undefined;
  #next: readonly string[] | undefined;

  /** @param onKeys is given what was typed, @param onResize is called when the size has changed */
  constructor(onKeys: (text: string) => void, onResize: () => void) {
    this.#onKeys = onKeys;
    this.#onResize = onResize;
  }

  open(): void {
    this.isOpen = true;
    globalThis.addEventListener("unload", this.#restore); // a second Ctrl-C leaves by Deno.exit
    Deno.stdin.setRaw(true);
    writeOutput(ENTER);
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGWINCH", this.#onResize);
    this.#read();
  }

  /** Gives the terminal back when the frame under way is out, so that nothing is written behind it. */
  async leave(): Promise<void> {
    this.#next = undefined;
    await this.#drawing;
    this.close();
  }

  /** Gives the terminal back at once. May be called again. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    globalThis.removeEventListener("unload", this.#restore);
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGWINCH", this.#onResize);
    writeOutput(LEAVE);
    try {
      Deno.stdin.setRaw(false);
    } catch { /* the terminal is gone */ }
  }

  get size(): { columns: number; rows: number } {
    try {
      const { columns, rows } = Deno.consoleSize();
      return columns > 0 && rows > 0 ? { columns, rows } : USUAL_SIZE;
    } catch {
      return USUAL_SIZE;
    }
  }

  draw(lines: readonly string[]): void {
    if (!this.isOpen) return;
    this.#next = lines;
    this.#drawing ??= this.#write().catch(() => {}).finally(() => this.#drawing = undefined); // the read ends too then
  }

  async #write(): Promise<void> {
    while (this.#next !== undefined && this.isOpen) {
      const text = HOME + this.#next.map((line) => line + ERASE_LINE).join("\r\n") + ERASE_BELOW;
      this.#next = undefined;
      const bytes = encoder.encode(text);
      for (let at = 0; at < bytes.length && this.isOpen;) at += await Deno.stdout.write(bytes.subarray(at));
    }
  }

  async #read(): Promise<void> {
    const bytes = new Uint8Array(1024);
    const decoder = new TextDecoder();
    while (this.isOpen) {
      const count = await Deno.stdin.read(bytes).catch(() => null);
      this.#onKeys(count === null ? "\x04" : decoder.decode(bytes.subarray(0, count), { stream: true }));
      if (count === null) return;
    }
  }
}
