/** Where the bytes of a capture file come from: a regular file, or something that gives them when it likes. */
import { CaptureError } from "./errors.ts";
import { ByteWindow } from "./file_window.ts";

/** Fills a window with the bytes of a file. */
export interface ByteInput {
  readonly window: ByteWindow;
  /** Bytes read from the file so far; of a compressed file, compressed ones. */
  readonly bytesRead: number;
  /** Size of the file, where it is known. */
  readonly sizeBytes: number | undefined;
  /** True once the window will not be filled again. */
  readonly ended: boolean;
  /** Why the bytes ended early, in words that follow the file's name; null if they did not. */
  readonly trouble: string | null;
  /** Adds what is there now to the window; false when that is nothing. */
  fill(): boolean;
  /** Waits for more, at most `ms` milliseconds, without holding up the event loop. */
  wait(ms: number): void | Promise<void>;
  close(): void;
}

/** Lets one waiter sleep until something happens. */
export class Bell {
  #wake: (() => void) | undefined;

  ring(): void {
    this.#wake?.();
  }

  /** Resolves at the next ring, or after `ms` milliseconds. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wake = wake;
    });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A regular file: always ready, so it is read in place, in large pieces. */
class RegularInput implements ByteInput {
  readonly window = new ByteWindow();
  readonly sizeBytes: number | undefined;
  bytesRead = 0;
  ended = false;
  trouble: string | null = null;
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile, sizeBytes: number) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  fill(): boolean {
    if (this.ended) return false;
    const window = this.window;
    window.makeRoom();
    try {
      const count = this.#file.readSync(window.bytes.subarray(window.end));
      if (count !== null) {
        window.end += count;
        this.bytesRead += count;
        return true;
      }
    } catch (error) {
      this.trouble = `cannot be read beyond byte ${this.bytesRead}: ${reason(error)}`;
    }
    this.ended = true;
    return false;
  }

  wait(): void {}

  close(): void {
    this.#file.close();
  }
}

/** A pipe, a FIFO, a terminal: each read may take for ever, and what it gives is handed on at once. */
class StreamInput implements ByteInput {
  readonly window = new ByteWindow();
  readonly sizeBytes = undefined;
  bytesRead = 0;
  ended = false;
  trouble: string | null = null;
  readonly #stream: Pick<Deno.FsFile, "read" | "close">;
  readonly #bell = new Bell();
  #isReading = false;
  #isFresh = false;

  constructor(stream: Pick<Deno.FsFile, "read" | "close">) {
    this.#stream = stream;
  }

  fill(): boolean {
    const isFresh = this.#isFresh;
    this.#isFresh = false;
    return isFresh;
  }

  wait(ms: number): void | Promise<void> {
    if (this.ended || this.#isFresh) return;
    if (!this.#isReading) this.#read();
    return this.#bell.wait(ms);
  }

  close(): void {
    this.ended = true;
    this.#stream.close();
  }

  /** One read, which may outlast many waits. It writes behind the window's end; nothing else moves that meanwhile. */
  async #read(): Promise<void> {
    const window = this.window;
    window.makeRoom();
    this.#isReading = true;
    try {
      const count = await this.#stream.read(window.bytes.subarray(window.end));
      if (count === null) {
        this.ended = true;
      } else {
        window.end += count;
        this.bytesRead += count;
        this.#isFresh = true;
      }
    } catch (error) {
      if (!this.ended) this.trouble = `cannot be read beyond byte ${this.bytesRead}: ${reason(error)}`;
      this.ended = true;
    }
    this.#isReading = false;
    this.#bell.ring();
  }
}

/** Whether `path` means standard input. */
export function isStandardInput(path: string): boolean {
  return path === "-" || path === "/dev/stdin";
}

/**
 * Opens a file, or standard input for `-` and `/dev/stdin`. A FIFO is open once it has a writer.
 * @throws CaptureError in one line, when there is nothing to read
 */
export async function openInput(path: string): Promise<ByteInput> {
  if (isStandardInput(path)) {
    if (Deno.stdin.isTerminal()) {
      throw new CaptureError("standard input is a terminal: pipe a capture into it, as in tcpdump -w - | packetd ...");
    }
    return new StreamInput(Deno.stdin);
  }
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    throw new CaptureError(whyNotOpened(path, error));
  }
  const info = file.statSync();
  if (info.isDirectory) {
    file.close();
    throw new CaptureError(`'${path}' is a directory, not a capture file`);
  }
  return info.isFile ? new RegularInput(file, info.size) : new StreamInput(file);
}

function whyNotOpened(path: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return `there is no file '${path}'`;
  if (error instanceof Deno.errors.IsADirectory) return `'${path}' is a directory, not a capture file`;
  if (error instanceof Deno.errors.PermissionDenied) return `'${path}' may not be read by this user: permission denied`;
  return `'${path}' cannot be opened: ${reason(error)}`;
}
