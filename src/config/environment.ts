/** Variables of the environment in values: `${NAME}`, `${NAME:-default}`, and `$${` for the text itself. */

/** The value of an environment variable; undefined where it is not set. An error that it throws is told. */
export type Environment = (name: string) => string | undefined;

/**
 * The text with its variables filled in; `default` stands for a variable that is not set or empty.
 *
 * @param refuse told of every variable that cannot be filled in; the text has nothing in its place then
 */
export function filled(text: string, env: Environment, refuse: (message: string) => void): string {
  return text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (_, inner: string | undefined, end: string) => {
    if (inner === undefined) return "${";
    const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inner) ?? [];
    if (name === undefined || end === "") {
      refuse(`\${ begins no variable: write \${NAME}, \${NAME:-default}, or $\${ for the text itself`);
      return "";
    }
    let value: string | undefined;
    try {
      value = env(name);
    } catch (error) {
      refuse(`the variable ${name} cannot be read: ${(error as Error).message}`);
      return "";
    }
    if (value !== undefined && (value !== "" || fallback === undefined)) return value;
    if (fallback === undefined) {
      refuse(`the environment has no variable ${name}: set it, or write \${${name}:-default}`);
    }
    return fallback ?? "";
  });
}
