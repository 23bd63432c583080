/**
 * SQL without its constants: `SELECT * FROM t WHERE id IN (1, 2)` is `select * from t where id in (?)`. Statements that
 * differ in constants, in the length of lists, in blanks, comments, and the case of words have one fingerprint.
 */
import type { SqlDialect } from "../../core/sql_secrets.ts";
import { Interned, LONGEST as LONGEST_KEY } from "./interned.ts";
import { Lately } from "./lately.ts";
import { LITERAL, NAME, SqlTokens, SYMBOL, WORD } from "./sql_tokens.ts";

/** Characters of a fingerprint that are kept. */
const LONGEST = 512;
/** Parentheses within each other whose contents are compared. */
const DEPTH = 64;

/** Words that are constants, unless they say what a column is (`is null`, `not null`). */
const CONSTANTS = new Set(["null", "true", "false"]);
/** Words that a parenthesis or a signed number follows without being their argument. */
const KEYWORDS = new Set(
  `all and any as between by case cross distinct do else except exists filter from full group having if in inner insert
  intersect interval into is join left like limit not offset on or order outer over partition primary references
  return returning right select set some table then union unique update using value values when where with`
    .split(/\s+/),
);
/** Statements whose names drivers number: `SAVEPOINT sp_17`. */
const NUMBERED = new Set([
  "close",
  "deallocate",
  "declare",
  "execute",
  "fetch",
  "prepare",
  "release",
  "rollback",
  "savepoint",
]);
/** A name that means the same without its quotes. */
const PLAIN_NAME = /^[a-z_][a-z\d_$]*$/;

/** Where tokens are written that nobody compares. */
const NOWHERE = new Uint16Array(0);

/** What stands in a parenthesis, and where it begins in the text. */
interface Group {
  readonly start: number;
  readonly end: number;
}

class Fingerprint {
  #out = "";
  /** The token before, and the one before that; empty at the start. */
  #before = "";
  #wasOperand = false;
  /** Where a sign stands that may belong to the number behind it; -1 for none. */
  #sign = -1;
  /** Open parentheses and brackets: where each stands, and the group that was closed last inside it. */
  readonly #open: number[] = [];
  readonly #closed: (Group | undefined)[] = [undefined];
  #isNumbered = false;

  run(tokens: SqlTokens): string {
    while (this.#out.length < 2 * LONGEST && tokens.next()) {
      if (tokens.kind === LITERAL) this.#literal();
      else if (tokens.kind === WORD) this.#word(tokens.text);
      else if (tokens.kind === NAME) this.#name(tokens.text);
      else if (tokens.kind === SYMBOL) this.#symbol(tokens.text);
    }
    while (this.#open.length > 0 && /[([](?:\?, )*\??,? ?$/.test(this.#out)) this.#cutList();
    const text = this.#out.replace(/(?:\s*;)+$/, "");
    return text.length <= LONGEST ? text : text.slice(0, LONGEST - 1) + "…";
  }

  /** A list that the end of the text cuts reads as if it was whole. */
  #cutList(): void {
    this.#out = this.#out.replace(/, ?$/, "");
    if (/[([]$/.test(this.#out)) this.#out += "?";
    this.#close(this.#out[this.#open[this.#open.length - 1]] === "[" ? "]" : ")");
  }

  #literal(): void {
    if (this.#before === "?") return; // 'a' 'b' is one
    if (this.#sign >= 0) this.#out = this.#out.slice(0, this.#sign);
    this.#add("?", true);
  }

  #word(word: string): void {
    if (this.#out === "") this.#isNumbered = NUMBERED.has(word);
    if (CONSTANTS.has(word) && this.#before !== "is" && this.#before !== "not") return this.#literal();
    const text = this.#isNumbered && this.#before !== "" ? word.replace(/\d+/g, "?") : word;
    this.#add(text, !KEYWORDS.has(word));
  }

  #name(name: string): void {
    const text = this.#isNumbered ? name.replace(/\d+/g, "?") : name;
    this.#add(PLAIN_NAME.test(name) ? text : `"${text}"`, true);
  }

  #symbol(symbol: string): void {
    switch (symbol) {
      case "(":
      case "[":
        this.#add(symbol, false);
        if (this.#open.length < DEPTH) {
          this.#open.push(this.#out.length - 1);
          this.#closed.push(undefined);
        }
        return;
      case ")":
      case "]":
        return this.#close(symbol);
      case "+":
      case "-": {
        const isSign = !this.#wasOperand;
        const at = this.#out.length;
        this.#add(symbol, false);
        if (isSign) this.#sign = this.#sign < 0 ? at : this.#sign;
        return;
      }
      default:
        this.#add(symbol, false);
    }
  }

  /** Ends a parenthesis. Lists of constants are one constant, and groups that repeat the one before are left out. */
  #close(symbol: string): void {
    this.#sign = -1;
    const start = this.#open.pop();
    if (start === undefined) return this.#add(symbol, true);
    this.#closed.pop();
    if (/^(?:\?, )+\?$/.test(this.#out.slice(start + 1))) this.#out = this.#out.slice(0, start + 1) + "?";
    this.#out += symbol;
    this.#before = symbol;
    this.#wasOperand = true;
    const last = this.#closed[this.#closed.length - 1], end = this.#out.length;
    const isNext = last !== undefined && this.#out.slice(last.end, start) === ", ";
    if (isNext && this.#out.slice(last.start, last.end) === this.#out.slice(start)) {
      this.#out = this.#out.slice(0, last.end);
      return;
    }
    this.#closed[this.#closed.length - 1] = { start, end };
  }

  #add(text: string, isOperand: boolean): void {
    const isSign = this.#sign >= 0 && (text === "+" || text === "-");
    if (!isSign) this.#sign = -1;
    if (this.#needsBlank(text)) this.#out += " ";
    this.#out += text;
    this.#before = text;
    this.#wasOperand = isOperand;
  }

  #needsBlank(text: string): boolean {
    const before = this.#before;
    if (before === "" || before === "(" || before === "[" || before === "." || before === "::") return false;
    if (text === ")" || text === "]" || text === "," || text === "." || text === ";" || text === "::") return false;
    if (text === "[") return false;
    if (text !== "(") return true;
    return !this.#wasOperand || before === "?";
  }
}

const lately = new Lately();
const interned = { mysql: new Interned(), postgresql: new Interned() };

/**
 * The fingerprint of a statement. Never throws, whatever the text is, and holds none of its constants. It depends on
 * the tokens alone, so it is only made where their like was not there before.
 */
export function sqlFingerprint(statement: string, dialect: SqlDialect): string {
  return lately.get(dialect, statement) ?? lately.keep(dialect, statement, byTokens(statement, dialect));
}

function byTokens(statement: string, dialect: SqlDialect): string {
  const fingerprints = interned[dialect];
  const tokens = new SqlTokens(statement, dialect, fingerprints.units);
  while (tokens.written <= LONGEST_KEY && tokens.next());
  const key = tokens.written;
  return fingerprints.find(key) ??
    fingerprints.keep(key, new Fingerprint().run(new SqlTokens(statement, dialect, NOWHERE)));
}
