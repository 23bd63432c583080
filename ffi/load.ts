/** Finds and opens shared libraries, on first use, under the names that each operating system gives them. */
import { NativeError } from "./errors.ts";

type System = typeof Deno.build.os;

/** A shared library and where it is found. */
export interface LibraryNames {
  /** The name for people. */
  readonly title: string;
  /** File names, tried in this order. */
  readonly files: Partial<Record<System, readonly string[]>>;
  /** Libraries that must be in memory before (Windows looks for them only beside the program). */
  readonly before?: Partial<Record<System, string>>;
  /** How to install it. */
  readonly install: Partial<Record<System, string>>;
}

/** A function that opens the library when it is first called, and gives its symbols. */
export function lazily<S extends Deno.ForeignLibraryInterface>(
  names: LibraryNames,
  symbols: S,
): () => Deno.DynamicLibrary<S>["symbols"] {
  let opened: Deno.DynamicLibrary<S>["symbols"] | undefined;
  return () => opened ??= open(names, symbols);
}

function open<S extends Deno.ForeignLibraryInterface>(names: LibraryNames, symbols: S) {
  const system = Deno.build.os;
  const before = names.before?.[system];
  if (before !== undefined) attempt(before, {});
  const reasons: string[] = [];
  for (const file of names.files[system] ?? []) {
    const opened = attempt(file, symbols);
    if (typeof opened !== "string") return opened.symbols;
    reasons.push(opened);
  }
  const install = names.install[system];
  const help = install === undefined ? `there is none for ${system}` : `install it: ${install}`;
  const detail = reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
  throw new NativeError("library", `${names.title} is missing, ${help}${detail}`);
}

/** The library, or why it cannot be opened. */
function attempt<S extends Deno.ForeignLibraryInterface>(file: string, symbols: S): Deno.DynamicLibrary<S> | string {
  try {
    return Deno.dlopen(file, symbols);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new NativeError(
        "library",
        `${file} may not be loaded: run deno with --allow-ffi (without a list of paths)`,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    return reason.replace(/^(Could not open library: )+/, "");
  }
}
