/** What a terminal in raw mode sends for keys, as names: `a`, `enter`, `up`. */

const SEQUENCES: Readonly<Record<string, string>> = {
  "\x1b[A": "up",
  "\x1b[B": "down",
  "\x1bOA": "up",
  "\x1bOB": "down",
  "\x1b[5~": "page up",
  "\x1b[6~": "page down",
  "\x1b[D": "left",
  "\x1b[C": "right",
  "\x1bOD": "left",
  "\x1bOC": "right",
};
const NAMES: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "enter",
  "\x1b": "escape",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x03": "interrupt",
  "\x04": "interrupt",
};

/** The keys in what was read at once. Sequences that are not known are left out. */
export function keysIn(text: string): string[] {
  const keys: string[] = [];
  // deno-lint-ignore no-control-regex
  for (const [key] of text.matchAll(/\x1b(?:\[[\d;?]*[ -/]*[@-~]|O.)|[^]/gu)) {
    const name = SEQUENCES[key] ?? NAMES[key] ?? key;
    if (name.length > 1 && name.startsWith("\x1b")) continue;
    if (name.length === 1 && name < " ") continue;
    keys.push(name);
  }
  return keys;
}
