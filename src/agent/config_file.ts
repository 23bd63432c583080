/** The configuration file: reading it, and noticing that it has changed. */

/** Larger files are no configurations. */
const MAX_BYTES = 4 * 1024 * 1024;

/** A configuration could not be read, or is wrong: every line says one thing. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly lines: readonly string[]) {
    super(lines.join("\n"));
  }
}

/** @throws ConfigError */
export function readConfigFile(path: string): string {
  try {
    const { size, isDirectory } = Deno.statSync(path);
    if (isDirectory) throw new Error("it is a folder");
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, and more than ${MAX_BYTES} are no configuration`);
    return Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : (error as Error).message;
    throw new ConfigError([`'${path}' cannot be read: ${reason}; \`packetd config > ${path}\` makes one`]);
  }
}

/**
 * Notices changes of a file by what stat(2) tells of it, links followed: so a file that is written, one that is renamed
 * into place, and a link that is turned to another folder (as Kubernetes does it) all count.
 */
export class FileWatch {
  readonly #path: string;
  #seen: string;

  constructor(path: string) {
    this.#path = path;
    this.#seen = this.#look();
  }

  /** Whether the file is another one than at the last call. While there is none, nothing has changed. */
  hasChanged(): boolean {
    const now = this.#look();
    if (now === "" || now === this.#seen) return false;
    this.#seen = now;
    return true;
  }

  #look(): string {
    try {
      const { dev, ino, size, mtime, ctime } = Deno.statSync(this.#path);
      return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
    } catch {
      return "";
    }
  }
}
