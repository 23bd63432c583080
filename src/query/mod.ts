/**
 * The expression language that chooses round trips: `http and path ~ "^/api" and duration > 50ms`. The text is read and
 * checked once and becomes functions; asking them allocates nothing but the text of the fields that they look at.
 */
import type { Protocol } from "../core/protocol.ts";
import { Conditions } from "./conditions.ts";
import { fieldsOf, type Predicate } from "./fields.ts";
import { parse, type Tree } from "./parser.ts";

export { ExpressionError } from "./errors.ts";
export type { Predicate } from "./fields.ts";
export { expressionHelp } from "./help.ts";

/**
 * The expression as a function. Where a round trip has no such value, as a request without a response has no status,
 * the comparison is false. May be asked while the sink of the round trip has it; never throws.
 *
 * @param protocols whose names and labels can be used
 * @throws ExpressionError
 */
export function compileExpression(text: string, protocols: readonly Protocol[]): Predicate {
  return predicateOf(parse(text), new Conditions(text, fieldsOf(protocols)));
}

function predicateOf(tree: Tree, conditions: Conditions): Predicate {
  if (tree.kind === "condition") return conditions.predicate(tree);
  if (tree.kind === "not") {
    const holds = predicateOf(tree.term, conditions);
    return (roundTrip) => !holds(roundTrip);
  }
  const terms = tree.terms.map((term) => predicateOf(term, conditions));
  const decisive = tree.kind === "or"; // one term of this value decides
  return (roundTrip) => {
    for (const term of terms) if (term(roundTrip) === decisive) return decisive;
    return !decisive;
  };
}
