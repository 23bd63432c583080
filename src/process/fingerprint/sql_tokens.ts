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

const WORD_FIRST = 1, DIGIT = 2, OPERATOR = 4;
const classes = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c);
  if (/[A-Za-z_]/.test(character)) classes[c] = WORD_FIRST;
  else if (/\d/.test(character)) classes[c] = DIGIT;
  else if (/[=<>!~|&^%#@:]/.test(character)) classes[c] = OPERATOR;
}

function classOf(c: number): number {
  return c < 128 ? classes[c] : c === c ? WORD_FIRST : 0; // NaN behind the end
}

/** Reads one token after another. */
export class SqlTokens {
  kind: TokenKind = END;
  /** Of a word its lower case, of a name what stood in its quotes, of a symbol itself. */
  text = "";
  readonly #sql: string;
  readonly #isMysql: boolean;
  #at = 0;

  constructor(sql: string, dialect: SqlDialect) {
    this.#sql = sql;
    this.#isMysql = dialect === "mysql";
  }

  /** Goes on to the next token; false at the end. */
  next(): boolean {
    this.#skip();
    const sql = this.#sql, at = this.#at;
    if (at >= sql.length) return this.#token(END, "", at);
    const c = sql.charCodeAt(at), second = sql.charCodeAt(at + 1);
    if (c === 0x27) return this.#token(LITERAL, "?", this.#closing(at, this.#isMysql));
    if (c === 0x22) return this.#isMysql ? this.#token(LITERAL, "?", this.#closing(at, true)) : this.#name(at);
    if (c === 0x60) return this.#name(at);
    if (c === 0x24) return this.#dollar(at);
    if (c === 0x3f && this.#isMysql) return this.#token(LITERAL, "?", at + 1);
    const kind = classOf(c);
    if (kind === DIGIT || (c === 0x2e && classOf(second) === DIGIT)) return this.#number(at);
    if (kind === WORD_FIRST) return this.#word(at);
    if (c === 0x40 && this.#isMysql) return this.#word(at); // @variable, @@variable
    return this.#symbol(at, c, second);
  }

  #token(kind: TokenKind, text: string, end: number): boolean {
    this.kind = kind;
    this.text = text;
    this.#at = Math.min(end, this.#sql.length);
    return kind !== END;
  }

  /** Behind the quote that closes what the one at `from` opens; quotes are doubled or escaped in it. */
  #closing(from: number, escapes: boolean): number {
    const sql = this.#sql, quote = sql.charCodeAt(from);
    for (let at = from + 1; at < sql.length; at++) {
      const c = sql.charCodeAt(at);
      if (c === 0x5c && escapes) at++;
      else if (c === quote && sql.charCodeAt(++at) !== quote) return at;
    }
    return sql.length;
  }

  #name(at: number): boolean {
    const end = this.#closing(at, false), quote = this.#sql[at];
    const isClosed = end > at + 1 && this.#sql[end - 1] === quote;
    return this.#token(NAME, this.#sql.slice(at + 1, isClosed ? end - 1 : end).replaceAll(quote + quote, quote), end);
  }

  /** `$1` is a place for a constant, `$$…$$` and `$tag$…$tag$` are one; in MySQL a dollar may begin a word. */
  #dollar(at: number): boolean {
    const sql = this.#sql;
    let end = at + 1;
    if (this.#isMysql) return this.#word(at);
    if (classOf(sql.charCodeAt(end)) === DIGIT) {
      while (classOf(sql.charCodeAt(end)) === DIGIT) end++;
      return this.#token(LITERAL, "?", end);
    }
    while ((classOf(sql.charCodeAt(end)) & (WORD_FIRST | DIGIT)) !== 0) end++;
    if (sql.charCodeAt(end) !== 0x24) return this.#token(SYMBOL, "$", at + 1);
    const tag = sql.slice(at, end + 1), close = sql.indexOf(tag, end + 1);
    return this.#token(LITERAL, "?", close < 0 ? sql.length : close + tag.length);
  }

  #number(at: number): boolean {
    const sql = this.#sql;
    let end = at;
    for (;; end++) {
      const c = sql.charCodeAt(end);
      const isSign = (c === 0x2b || c === 0x2d) && /^[\d.]+e$/i.test(sql.slice(at, end)); // 1e-5
      if (!isSign && c !== 0x2e && (classOf(c) & (WORD_FIRST | DIGIT)) === 0) break;
    }
    return this.#token(LITERAL, "?", end);
  }

  #word(at: number): boolean {
    const sql = this.#sql;
    let end = at;
    while (this.#isMysql && sql.charCodeAt(end) === 0x40) end++;
    while ((classOf(sql.charCodeAt(end)) & (WORD_FIRST | DIGIT)) !== 0 || sql.charCodeAt(end) === 0x24) end++;
    if (end === at) return this.#token(SYMBOL, sql[at], at + 1);
    const word = sql.slice(at, end).toLowerCase();
    // E'…', N'…', X'…', B'…', U&'…', _utf8mb4'…'
    const introduced = word === "u" && sql.charCodeAt(end) === 0x26 ? end + 1 : end;
    if (sql.charCodeAt(introduced) === 0x27 && (word.length === 1 || (this.#isMysql && word.startsWith("_")))) {
      return this.#token(LITERAL, "?", this.#closing(introduced, word === "e" || this.#isMysql));
    }
    return this.#token(WORD, word, end);
  }

  /** Operators of several characters are one symbol, but for signs: `=-5` is an operator, a sign and a number. */
  #symbol(at: number, c: number, second: number): boolean {
    const sql = this.#sql;
    let end = at + 1;
    if (c === 0x2d && second === 0x3e) end = sql.charCodeAt(at + 2) === 0x3e ? at + 3 : at + 2; // -> and ->>
    else if (classOf(c) === OPERATOR) { while (classOf(sql.charCodeAt(end)) === OPERATOR) end++; }
    return this.#token(SYMBOL, sql.slice(at, end), end);
  }

  /** Skips blanks and comments. What MySQL's `/*!…` holds is executed by it, so it is read. */
  #skip(): void {
    const sql = this.#sql;
    for (;;) {
      const c = sql.charCodeAt(this.#at), second = sql.charCodeAt(this.#at + 1);
      if (c <= 0x20) this.#at++;
      else if (c === 0x2d && second === 0x2d && !(this.#isMysql && sql.charCodeAt(this.#at + 2) > 0x20)) this.#line();
      else if (c === 0x23 && this.#isMysql) this.#line();
      else if (c === 0x2a && second === 0x2f && this.#isMysql) this.#at += 2; // the end of a /*! … */
      else if (c === 0x2f && second === 0x2a) this.#comment();
      else return;
    }
  }

  #line(): void {
    const end = this.#sql.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#sql.length : end + 1;
  }

  /** A comment may hold others in PostgreSQL. */
  #comment(): void {
    const sql = this.#sql;
    const executed = this.#isMysql ? /^\/\*M?!\d*/.exec(sql.slice(this.#at, this.#at + 12)) : null;
    if (executed !== null) {
      this.#at += executed[0].length;
      return;
    }
    let open = 0;
    do {
      const pair = sql.slice(this.#at, this.#at + 2);
      if (pair === "/*" && (open === 0 || !this.#isMysql)) open++;
      else if (pair === "*/") open--;
      this.#at += pair === "/*" || pair === "*/" ? 2 : 1;
    } while (open > 0 && this.#at < sql.length);
  }
}
