/**
 * The grammar of expressions, and the tree that it gives:
 *
 *     expression  = conjunction { "or" conjunction }
 *     conjunction = term { "and" term }
 *     term        = "not" term | "(" expression ")" | condition
 *     condition   = name [ operator value | "in" "(" value { "," value } ")" ]
 *     operator    = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~"
 *     value       = word | text
 */
import { didYouMean } from "../core/near_miss.ts";
import { ExpressionError } from "./errors.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** How deep parentheses and `not` may stand in each other. */
const DEPTH = 64;

export type Tree = Junction | Negation | Condition;

/** Terms of which all, or one, must hold. */
export interface Junction {
  readonly kind: "and" | "or";
  readonly terms: readonly Tree[];
}

export interface Negation {
  readonly kind: "not";
  readonly term: Tree;
}

/** A name alone, or compared with one value, or with several (`in`). */
export interface Condition {
  readonly kind: "condition";
  readonly name: Token;
  readonly operator: Token | undefined;
  readonly values: readonly Token[];
}

const KEYWORDS: readonly string[] = ["and", "or", "not", "in"];
/** What other languages write. */
const STRANGE_KEYWORDS = new Map([["&&", "and"], ["&", "and"], ["||", "or"], ["|", "or"]]);

/** @throws ExpressionError */
export function parse(expression: string): Tree {
  return new Parser(expression).whole();
}

class Parser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokensOf(expression);
  }

  whole(): Tree {
    const tree = this.#junction("or");
    const rest = this.#tokens[this.#next];
    if (rest.kind === "end") return tree;
    if (rest.kind === ")") this.#fail("a ) without its (", rest);
    const hint = STRANGE_KEYWORDS.get(rest.text);
    this.#fail(
      `expected and, or, or the end, found ${described(rest)}` +
        (hint === undefined ? didYouMean(rest.text, ["and", "or"]) : `; write ${hint}`),
      rest,
    );
  }

  #junction(kind: "and" | "or"): Tree {
    const term = () => kind === "or" ? this.#junction("and") : this.#term();
    const terms = [term()];
    while (this.#take("word", kind) !== undefined) terms.push(term());
    return terms.length === 1 ? terms[0] : { kind, terms };
  }

  #term(): Tree {
    const token = this.#tokens[this.#next];
    if (++this.#depth > DEPTH) this.#fail(`more than ${DEPTH} parentheses and nots in each other`, token);
    const term = this.#bareTerm();
    this.#depth--;
    return term;
  }

  #bareTerm(): Tree {
    if (this.#take("word", "not") !== undefined) return { kind: "not", term: this.#term() };
    const opening = this.#take("(");
    if (opening === undefined) return this.#condition();
    const tree = this.#junction("or");
    if (this.#take(")") === undefined) {
      const found = this.#tokens[this.#next];
      if (found.kind === "end") this.#fail("a ( without its )", opening);
      this.#fail(`expected and, or, or ), found ${described(found)}`, found);
    }
    return tree;
  }

  #condition(): Condition {
    const name = this.#tokens[this.#next];
    if (name.kind !== "word" || KEYWORDS.includes(name.text)) {
      this.#fail(`expected a condition such as status >= 500, found ${described(name)}`, name);
    }
    this.#next++;
    const operator = this.#take("operator") ?? this.#take("word", "in");
    if (operator === undefined) return { kind: "condition", name, operator, values: [] };
    const values = operator.kind === "operator" ? [this.#value(operator)] : this.#list(operator);
    return { kind: "condition", name, operator, values };
  }

  #list(operator: Token): Token[] {
    if (this.#take("(") === undefined) this.#fail("in takes a list: in (a, b)", operator);
    const values = [];
    do values.push(this.#value(operator)); while (this.#take(",") !== undefined);
    const found = this.#tokens[this.#next];
    if (this.#take(")") === undefined) this.#fail(`expected , or ) in the list, found ${described(found)}`, found);
    return values;
  }

  #value(operator: Token): Token {
    const value = this.#tokens[this.#next];
    if (value.kind !== "word" && value.kind !== "text") {
      this.#fail(`expected a value after ${operator.text}, found ${described(value)}`, value);
    }
    this.#next++;
    return value;
  }

  /** Takes the next token if it is one of this kind, and of this text where one is given. */
  #take(kind: Token["kind"], text?: string): Token | undefined {
    const token = this.#tokens[this.#next];
    if (token.kind !== kind || (text !== undefined && token.text !== text)) return undefined;
    this.#next++;
    return token;
  }

  #fail(message: string, { at }: Token): never {
    throw new ExpressionError(message, this.#expression, at);
  }
}

function described({ kind, text }: Token): string {
  return kind === "end" ? "the end" : kind === "text" ? `"${text}"` : `'${text}'`;
}
