/**
 * SQL in tokens, by the lexical rules of MySQL and MariaDB or of PostgreSQL
 * (https://dev.mysql.com/doc/refman/8.4/en/language-structure.html,
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html). Any text gives tokens: nothing is an error, and
 * what was cut in the middle ends where the text does.
 */
import type { SqlDialect } from "../../core/sql_secrets.ts";

/** What a token is. A literal is a constant or a place for one; a name stood in quotes. */
export const END = 0, WORD = 1, NAME = 2, LITERAL = 3, SYMBOL = 4;
export type TokenKind = typeof END | typeof WORD | typeof NAME | typeof LITERAL | typeof SYMBOL;

/** Characters of a text that are read; decoders keep fewer. */
const LONGEST = 8192;

/** What a character may begin, or be inside of. */
const WORD_FIRST = 1, DIGIT = 2, OPERATOR = 4, DOLLAR = 8, BLANK = 16, COMMENT = 32;
const WORD_PART = WORD_FIRST | DIGIT | DOLLAR;
const classes = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c);
  if (/[A-Za-z_]/.test(character)) classes[c] = WORD_FIRST;
  else if (/\d/.test(character)) classes[c] = DIGIT;
  else if (/[=<>!~|&^%#@:]/.test(character)) classes[c] = OPERATOR;
  else if (character === "$") classes[c] = DOLLAR;
  else if (c <= 0x20) classes[c] = BLANK;
  if (/[-#*/]/.test(character)) classes[c] |= COMMENT;
}

function classOf(c: number): number {
  return c < 128 ? classes[c] : WORD_FIRST;
}

/** Reads one token after another. */
export class SqlTokens {
  kind: TokenKind = END;
  /** Where the token stands in the text, a name with its quotes. */
  start = 0;
  end = 0;
  readonly #isMysql: boolean;
  #sql = "";
  #length = 0;
  /** Its code units, which cost less to look at one by one, with a blank behind the last. */
  readonly #units = new Uint16Array(LONGEST + 4);

  constructor(dialect: SqlDialect) {
    this.#isMysql = dialect === "mysql";
  }

  /** Begins with a text. */
  read(sql: string): void {
    const units = this.#units, length = Math.min(sql.length, LONGEST);
    for (let i = 0; i < length; i++) units[i] = sql.charCodeAt(i);
    units[length] = 0;
    this.#sql = sql;
    this.#length = length;
    this.end = 0;
  }

  /** Of a word its lower case, of a name what stood in its quotes, of a symbol itself. */
  get text(): string {
    const { kind, start, end } = this, sql = this.#sql;
    if (kind === SYMBOL) return sql.slice(start, end);
    if (kind === WORD) return sql.slice(start, end).toLowerCase();
    const quote = sql[start], isClosed = end > start + 1 && sql[end - 1] === quote;
    return sql.slice(start + 1, isClosed ? end - 1 : end).replaceAll(quote + quote, quote);
  }

  /** Writes the token into `to` from `at` on, a word in lower case as far as it is ASCII, and returns where it ends. */
  copy(to: Uint16Array, at: number): number {
    const units = this.#units, { kind, end } = this;
    for (let i = this.start; i < end; i++) {
      const c = units[i];
      to[at++] = kind === WORD && c >= 0x41 && c <= 0x5a ? c | 0x20 : c;
    }
    return at;
  }

  /** Goes on to the next token; false at the end. */
  next(): boolean {
    const units = this.#units;
    if (units[this.end] === 0x20) this.end++;
    if ((classOf(units[this.end]) & (BLANK | COMMENT)) !== 0) this.#skip();
    const at = this.end, c = units[at], kind = classOf(c);
    if ((kind & WORD_FIRST) !== 0) return this.#word(at);
    if ((kind & DIGIT) !== 0) return this.#number(at);
    if (at >= this.#length) return this.#token(END, at);
    switch (c) {
      case 0x27: // '
        return this.#token(LITERAL, this.#closing(at, this.#isMysql));
      case 0x22: // "
        return this.#isMysql
          ? this.#token(LITERAL, this.#closing(at, true))
          : this.#token(NAME, this.#closing(at, false));
      case 0x60: // `
        return this.#token(NAME, this.#closing(at, false));
      case 0x24: // $
        return this.#dollar(at);
      case 0x3f: // ?
        return this.#token(this.#isMysql ? LITERAL : SYMBOL, at + 1);
      case 0x2e: // .
        return (classOf(units[at + 1]) & DIGIT) !== 0 ? this.#number(at) : this.#token(SYMBOL, at + 1);
      case 0x40: // @variable, @@variable
        return this.#isMysql ? this.#word(at) : this.#operator(at);
      default:
        return this.#operator(at);
    }
  }

  /** The token from where the one before ended, and blanks behind it, to `end`. */
  #token(kind: TokenKind, end: number): boolean {
    this.kind = kind;
    this.start = this.end;
    this.end = end < this.#length ? end : this.#length;
    return kind !== END;
  }

  /** Behind the quote that closes what the one at `from` opens; quotes are doubled or escaped in it. */
  #closing(from: number, escapes: boolean): number {
    const units = this.#units, quote = units[from];
    for (let at = from + 1; at < this.#length; at++) {
      const c = units[at];
      if (c === 0x5c && escapes) at++;
      else if (c === quote && units[++at] !== quote) return at;
    }
    return this.#length;
  }

  /** `$1` is a place for a constant, `$$…$$` and `$tag$…$tag$` are one; in MySQL a dollar may begin a word. */
  #dollar(at: number): boolean {
    const sql = this.#sql, units = this.#units;
    let end = at + 1;
    if (this.#isMysql) return this.#word(at);
    if ((classOf(units[end]) & DIGIT) !== 0) {
      while ((classOf(units[end]) & DIGIT) !== 0) end++;
      return this.#token(LITERAL, end);
    }
    while ((classOf(units[end]) & (WORD_FIRST | DIGIT)) !== 0) end++;
    if (units[end] !== 0x24) return this.#token(SYMBOL, at + 1);
    const tag = sql.slice(at, end + 1), close = sql.indexOf(tag, end + 1);
    return this.#token(LITERAL, close < 0 ? this.#length : close + tag.length);
  }

  #number(at: number): boolean {
    const units = this.#units;
    let end = at + 1;
    for (;; end++) {
      const c = units[end];
      if (c === 0x2e || (classOf(c) & (WORD_FIRST | DIGIT)) !== 0) continue;
      if ((c !== 0x2b && c !== 0x2d) || !/^[\d.]+e$/i.test(this.#sql.slice(at, end))) break; // the sign in 1e-5
    }
    return this.#token(LITERAL, end);
  }

  #word(at: number): boolean {
    const units = this.#units;
    let end = at;
    while (this.#isMysql && units[end] === 0x40) end++;
    while ((classOf(units[end]) & WORD_PART) !== 0) end++;
    if ((units[end] === 0x27 || units[end] === 0x26) && this.#isIntroducer(at, end)) {
      const escapes = this.#isMysql || (units[at] | 0x20) === 0x65;
      return this.#token(LITERAL, this.#closing(units[end] === 0x27 ? end : end + 1, escapes));
    }
    return this.#token(WORD, end);
  }

  /** Whether a word stands in front of a literal: E'…', N'…', X'…', B'…', U&'…', _utf8mb4'…'. */
  #isIntroducer(at: number, end: number): boolean {
    const units = this.#units, first = units[at] | 0x20, isLetter = end === at + 1 && units[at] < 0x80;
    if (units[end] === 0x27) return isLetter || (this.#isMysql && units[at] === 0x5f);
    return isLetter && first === 0x75 && units[end + 1] === 0x27;
  }

  /** Operators of several characters are one symbol, but for signs: `=-5` is an operator, a sign and a number. */
  #operator(at: number): boolean {
    const units = this.#units;
    let end = at + 1;
    if (units[at] === 0x2d && units[end] === 0x3e) end += units[end + 1] === 0x3e ? 2 : 1; // -> and ->>
    else if ((classOf(units[at]) & OPERATOR) !== 0) { while ((classOf(units[end]) & OPERATOR) !== 0) end++; }
    return this.#token(SYMBOL, end);
  }

  /** Skips blanks and comments. What MySQL's `/*!…` holds is executed by it, so it is read. */
  #skip(): void {
    const units = this.#units;
    while (this.end < this.#length) {
      const at = this.end, c = units[at], second = units[at + 1];
      if (c <= 0x20) this.end++;
      else if (c === 0x2d && second === 0x2d && !(this.#isMysql && units[at + 2] > 0x20)) this.#line();
      else if (c === 0x23 && this.#isMysql) this.#line();
      else if (c === 0x2a && second === 0x2f && this.#isMysql) this.end += 2; // the end of a /*! … */
      else if (c === 0x2f && second === 0x2a) this.#comment();
      else return;
    }
  }

  #line(): void {
    const end = this.#sql.indexOf("\n", this.end);
    this.end = end < 0 ? this.#length : Math.min(end + 1, this.#length);
  }

  /** A comment may hold others in PostgreSQL. */
  #comment(): void {
    const units = this.#units;
    const executed = this.#isMysql ? /^\/\*M?!\d*/.exec(this.#sql.slice(this.end, this.end + 12)) : null;
    if (executed !== null) {
      this.end += executed[0].length;
      return;
    }
    let open = 0;
    do {
      const c = units[this.end], second = units[this.end + 1];
      const opens = c === 0x2f && second === 0x2a, closes = c === 0x2a && second === 0x2f;
      if (opens && (open === 0 || !this.#isMysql)) open++;
      else if (closes) open--;
      this.end += opens || closes ? 2 : 1;
    } while (open > 0 && this.end < this.#length);
  }
}
