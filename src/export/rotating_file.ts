/**
 * A file that is never longer than it may be: when it is full it is renamed to `name-2006-01-02T15-04-05.000.ext`
 * (local time) and begun anew, and renamed files that are too many or too old are deleted.
 *
 * A disk that fails costs lines, which are counted; it is said once, and tried again.
 */
import { basename, dirname, extname, join } from "node:path";
import type { LineOutput } from "./output.ts";

export interface Rotation {
  /** The file is renamed before a write that would make it longer. */
  readonly maxBytes: number;
  /** Renamed files that are kept. */
  readonly maxBackups: number;
  /** Renamed files are deleted after this many days. */
  readonly maxAgeDays: number;
}

/** How long a disk that failed is left alone. */
const RETRY_MS = 1000;
/** How long a file that could not be renamed goes on growing before that is tried again. */
const RENAME_RETRY_MS = 60_000;
const DAY_MS = 86_400_000;
const OPENING: Deno.OpenOptions = { append: true, create: true, mode: 0o600 };
const STAMP = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/;

export class RotatingFile implements LineOutput {
  readonly closed = false;
  lostLines = 0;

  readonly #path: string;
  readonly #rotation: Rotation;
  readonly #say: (message: string) => void;
  readonly #now: () => number;
  #file: Deno.FsFile | undefined;
  #bytes = 0;
  /** False for what can be no longer or shorter, such as a pipe or /dev/null. */
  #rotates = true;
  #failing = false;
  #retryAt = 0;
  #renameAt = 0;

  /**
   * Opens the file, and makes the folders above it. What is in it already stays.
   *
   * @param say is told, in one sentence each, when the disk fails and when it works again
   * @param now milliseconds of the Unix epoch
   * @throws when the file cannot be opened
   */
  constructor(path: string, rotation: Rotation, say: (message: string) => void, now: () => number = Date.now) {
    this.#path = path;
    this.#rotation = rotation;
    this.#say = say;
    this.#now = now;
    this.#open();
    this.#tidy();
  }

  write(bytes: Uint8Array, lines: number): void {
    if (this.#failing && this.#now() < this.#retryAt) {
      this.lostLines += lines;
      return;
    }
    try {
      if (this.#file === undefined) this.#open();
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#rotation.maxBytes) this.#rotate();
      this.#append(this.#file!, bytes);
    } catch (error) {
      return this.#fail(error as Error, lines);
    }
    if (this.#failing) {
      this.#failing = false;
      this.#say(`writing to (${this.#path}) works again; ${this.lostLines} lines were lost so far`);
    }
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#release();
  }

  #open(): void {
    try {
      this.#file = Deno.openSync(this.#path, OPENING);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      Deno.mkdirSync(dirname(this.#path), { recursive: true });
      this.#file = Deno.openSync(this.#path, OPENING);
    }
    const info = this.#file.statSync();
    this.#rotates = info.isFile;
    this.#bytes = info.isFile ? info.size : 0;
  }

  #append(file: Deno.FsFile, bytes: Uint8Array): void {
    let at = 0;
    try {
      while (at < bytes.length) at += file.writeSync(bytes.subarray(at));
    } catch (error) { // a line that was cut in the middle would spoil the next one
      if (at > 0 && this.#rotates) file.truncateSync(this.#bytes);
      throw error;
    }
    this.#bytes += bytes.length;
  }

  #release(): void {
    try {
      this.#file?.close();
    } catch { /* a file that fails to close is gone all the same */ }
    this.#file = undefined;
  }

  #fail(error: Error, lines: number): void {
    this.lostLines += lines;
    this.#release();
    this.#retryAt = this.#now() + RETRY_MS;
    if (!this.#failing) {
      this.#say(`cannot write to (${this.#path}): ${error.message}; lines are lost until it works again`);
    }
    this.#failing = true;
  }

  #rotate(): void {
    const now = this.#now();
    if (!this.#rotates || now < this.#renameAt) return;
    try {
      Deno.renameSync(this.#path, this.#backupPath(now));
    } catch (error) { // nothing is lost while the file may grow
      this.#renameAt = now + RENAME_RETRY_MS;
      return this.#say(`cannot rename (${this.#path}), it grows on: ${(error as Error).message}`);
    }
    this.#release();
    this.#open();
    this.#tidy();
  }

  /** A name that is not taken: a disk may be faster than the clock. */
  #backupPath(now: number): string {
    for (let time = now;; time++) {
      const path = join(dirname(this.#path), this.#prefix + stampText(new Date(time)) + extname(this.#path));
      try {
        Deno.lstatSync(path);
      } catch {
        return path;
      }
    }
  }

  get #prefix(): string {
    return basename(this.#path, extname(this.#path)) + "-";
  }

  /** Deletes renamed files that are too many or too old; what cannot be deleted stays. */
  #tidy(): void {
    const folder = dirname(this.#path);
    const oldest = stampText(new Date(this.#now() - this.#rotation.maxAgeDays * DAY_MS));
    try {
      const stamps = [...Deno.readDirSync(folder)].map((entry) => this.#stampOf(entry.name)).filter((s) => s !== "");
      stamps.sort().reverse(); // stamps sort as their times do
      for (const [rank, stamp] of stamps.entries()) {
        if (rank < this.#rotation.maxBackups && stamp >= oldest) continue;
        Deno.removeSync(join(folder, this.#prefix + stamp + extname(this.#path)));
      }
    } catch { /* tried again at the next rotation */ }
  }

  /** The time in the name of a renamed file; empty for any other file. */
  #stampOf(name: string): string {
    const extension = extname(this.#path);
    if (!name.startsWith(this.#prefix) || !name.endsWith(extension)) return "";
    const stamp = name.slice(this.#prefix.length, name.length - extension.length);
    return STAMP.test(stamp) ? stamp : "";
  }
}

/** `2006-01-02T15-04-05.000` in the local zone. */
function stampText(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 23).replaceAll(":", "-");
}
