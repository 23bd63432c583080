/** A real terminal: tmux runs a program in it, presses keys, and tells what is on its screen. */
import assert from "node:assert/strict";

/** What a program prints on standard output. */
export async function output(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args, stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
}

export function hasTmux(): boolean {
  try {
    return new Deno.Command("tmux", { args: ["-V"], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** A terminal of its own server, so that nobody else's is touched. */
export class Tmux implements AsyncDisposable {
  readonly #socket = `packetd-${crypto.randomUUID()}`;

  async start(columns: number, rows: number, command: string): Promise<void> {
    const size = ["-x", String(columns), "-y", String(rows)];
    await this.#run("-f", "/dev/null", "new-session", "-d", ...size, command);
  }

  screen(): Promise<string> {
    return this.#run("capture-pane", "-p");
  }

  /** The screen with the escape sequences that make it look so. */
  screenAsShown(): Promise<string> {
    return this.#run("capture-pane", "-p", "-e");
  }

  async keys(...keys: string[]): Promise<void> {
    await this.#run("send-keys", ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#run("resize-window", "-x", String(columns), "-y", String(rows));
  }

  async fact(name: string): Promise<string> {
    return (await this.#run("display-message", "-p", `#{${name}}`)).trim();
  }

  /** Waits until the screen shows this. */
  async until(wanted: RegExp): Promise<string> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const screen = await this.screen();
      if (wanted.test(screen)) return screen;
      if (Date.now() > deadline) assert.fail(`${wanted} never came: ${screen}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run("kill-server");
  }

  #run(...args: string[]): Promise<string> {
    return output("tmux", "-L", this.#socket, ...args);
  }
}
