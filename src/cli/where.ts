/** `--where`: the expression that chooses what is printed. Its engine is loaded only when there is one. */
import type { Predicate } from "../query/mod.ts";
import { protocols } from "../protocols/mod.ts";
import { UsageError } from "./errors.ts";

/**
 * The expression as a function; undefined for an empty one.
 *
 * @throws UsageError that names the place
 */
export async function whereOf(text: string): Promise<Predicate | undefined> {
  if (text === "") return undefined;
  const { compileExpression, ExpressionError } = await import("../query/mod.ts");
  try {
    return compileExpression(text, protocols);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new UsageError(`--where, column ${error.column}: ${error.message}\n${error.excerpt}`);
  }
}
