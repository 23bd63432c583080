/** The configuration file: reading it, and noticing that it has changed. */
import { MAX_BYTES } from "../config/mod.ts";

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
    return new TextDecoder("utf-8", { fatal: true }).decode(readBytes(path));
  } catch (error) {
    throw new ConfigError([`'${path}' cannot be read: ${whyNot(error, path)}`]);
  }
}

function whyNot(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotFound) return `there is no such file; \`packetd config > ${path}\` makes one`;
  if (error instanceof Deno.errors.PermissionDenied) return "you may not read it: see its owner and mode";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof TypeError) return "it is no text (a configuration is YAML, in UTF-8)";
  return (error as Error).message;
}

/** The bytes of a file or of a pipe, which tells no size; at most one more than a configuration may have. */
function readBytes(path: string): Uint8Array {
  const file = Deno.openSync(path);
  try {
    const bytes = new Uint8Array(MAX_BYTES + 1);
    let length = 0;
    while (length < bytes.length) {
      const read = file.readSync(bytes.subarray(length));
      if (read === null) break;
      length += read;
    }
    if (length > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES / 1024} KiB: that is no configuration`);
    return bytes.subarray(0, length);
  } finally {
    file.close();
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
