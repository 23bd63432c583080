/**
 * An expression as tokens. A word is whatever stands between spaces, parentheses, commas, quotes and operators, so that
 * `status>=500` is three tokens and `10.0.0.1:80` and `/api/v1` are one. A text stands in quotes, and nothing in it is
 * escaped: a regular expression is written as it is.
 */
import { ExpressionError } from "./errors.ts";

/** The longest expression that is read. */
const EXPRESSION_CHARACTERS = 4096;

export interface Token {
  readonly kind: "word" | "text" | "operator" | "(" | ")" | "," | "end";
  /** The word, the operator, or what stands between the quotes. */
  readonly text: string;
  /** Index of its first character. */
  readonly at: number;
}

export const OPERATORS: readonly string[] = ["=", "!=", "<", "<=", ">", ">=", "~", "!~"];

/** What other languages write. */
const STRANGE_OPERATORS = new Map([
  ["==", "="],
  ["===", "="],
  ["!==", "!="],
  ["<>", "!="],
  ["=~", "~"],
  ["~=", "~"],
  ["=>", ">="],
  ["=<", "<="],
  ["!", "not"],
]);

const TOKEN = /(?<text>"[^"]*"|'[^']*')|(?<operator>[=!<>~]+)|(?<sign>[(),])|(?<word>[^\s=!<>~(),"']+)/g;

/**
 * The tokens of an expression; the last one is of kind `end`.
 *
 * @throws ExpressionError
 */
export function tokensOf(expression: string): Token[] {
  if (expression.length > EXPRESSION_CHARACTERS) {
    const message = `longer than ${EXPRESSION_CHARACTERS} characters`;
    throw new ExpressionError(message, expression, EXPRESSION_CHARACTERS);
  }
  const tokens: Token[] = [];
  let end = 0;
  for (const match of expression.matchAll(TOKEN)) {
    const { text, operator, sign, word } = match.groups!;
    const at = match.index;
    checkQuotes(expression, end, at);
    end = at + match[0].length;
    if (operator !== undefined && !OPERATORS.includes(operator)) {
      const hint = STRANGE_OPERATORS.get(operator);
      const instead = hint === undefined ? `; it is one of ${OPERATORS.join(" ")}` : `; write ${hint}`;
      throw new ExpressionError(`unknown operator '${operator}'${instead}`, expression, at);
    }
    if (text !== undefined) tokens.push({ kind: "text", text: text.slice(1, -1), at });
    else if (operator !== undefined) tokens.push({ kind: "operator", text: operator, at });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, at });
    else tokens.push({ kind: sign as "(" | ")" | ",", text: sign, at });
  }
  checkQuotes(expression, end, expression.length);
  tokens.push({ kind: "end", text: "", at: expression.length });
  return tokens;
}

/** Between two tokens there is only space: anything else is a quote that was never closed. */
function checkQuotes(expression: string, from: number, to: number): void {
  const quote = expression.slice(from, to).search(/\S/);
  if (quote < 0) return;
  throw new ExpressionError(`a text that never ends: ${expression[from + quote]} is missing`, expression, from + quote);
}
