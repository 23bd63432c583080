/** What is wrong with an expression, and where. */

/** How much of a long expression is shown on either side of the place. */
const SHOWN_BEFORE = 50, SHOWN_AFTER = 30;

/** An expression that was not understood. The message names what is wrong and what is allowed. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  /** Where it went wrong: the first character is column 1. */
  readonly column: number;
  /** Two lines: the expression, or what is near the place, and a caret under it. */
  readonly excerpt: string;

  /** @param at index in `expression` of what is wrong */
  constructor(message: string, expression: string, at: number) {
    super(message);
    const before = [...expression.slice(0, at)], after = [...expression.slice(at)];
    this.column = before.length + 1;
    const from = Math.max(0, before.length - SHOWN_BEFORE);
    const line = (from > 0 ? "…" : "") + before.slice(from).join("") + after.slice(0, SHOWN_AFTER).join("") +
      (after.length > SHOWN_AFTER ? "…" : "");
    const indent = before.length - from + (from > 0 ? 1 : 0);
    this.excerpt = `${line.replace(/[\s\p{C}]/gu, " ")}\n${" ".repeat(indent)}^`;
  }
}
