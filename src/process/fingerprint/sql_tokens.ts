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

/** What a character may begin, or be inside of. */
const WORD_FIRST = 1, DIGIT = 2, OPERATOR = 4, DOLLAR = 8, BLANK = 16, COMMENT = 32;
const classes = new Uint8Array(128);
/** Of a character that may stand inside a word, its lower case; 0 for others. */
const wordUnits = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c);
  if (/[A-Za-z_]/.test(character)) classes[c] = WORD_FIRST;
  else if (/\d/.test(character)) classes[c] = DIGIT;
  else if (/[=<>!~|&^%#@:]/.test(character)) classes[c] = OPERATOR;
  else if (character === "$") classes[c] = DOLLAR;
  else if (c <= 0x20) classes[c] = BLANK;
  if (/[-#*/]/.test(character)) classes[c] |= COMMENT;
  if (/[\w$]/.test(character)) wordUnits[c] = character.toLowerCase().charCodeAt(0);
}

/** @param c NaN behind the end */
function classOf(c: number): number {
  return c < 128 ? classes[c] : c === c ? WORD_FIRST : 0;
}

/** Reads one token after another, and writes those read in a form that leaves out how they were written. */
export class SqlTokens {
  kind: TokenKind = END;
  /** Where the token stands in the text, a name with its quotes. */
  start = 0;
  end = 0;
  /** How many units were written. They tell tokens apart, but no two literals, and no word in another case. */
  written = 0;
  readonly #sql: string;
  readonly #isMysql: boolean;
  readonly #units: Uint16Array;

  /** @param units where tokens are written to; what finds no room in it is lost */
  constructor(sql: string, dialect: SqlDialect, units: Uint16Array) {
    this.#sql = sql;
    this.#isMysql = dialect === "mysql";
    this.#units = units;
  }

  /** Of a word its lower case, of a name what stood in its quotes, of a symbol itself. */
  get text(): string {
    const { kind, start, end } = this, sql = this.#sql;
    if (kind === SYMBOL) return sql.slice(start, end);
    if (kind === WORD) return sql.slice(start, end).toLowerCase();
    const quote = sql[start], isClosed = end > start + 1 && sql[end - 1] === quote;
    return sql.slice(start + 1, isClosed ? end - 1 : end).replaceAll(quote + quote, quote);
  }

  /** Goes on to the next token; false at the end. */
  next(): boolean {
    const sql = this.#sql;
    let at = this.end;
    if (at < sql.length && sql.charCodeAt(at) === 0x20) at = ++this.end; // nearly always one blank, or none
    if (at < sql.length && (classOf(sql.charCodeAt(at)) & (BLANK | COMMENT)) !== 0) at = this.#skip();
    if (at >= sql.length) return this.#token(END, at);
    const c = sql.charCodeAt(at), kind = classOf(c);
    if ((kind & WORD_FIRST) !== 0) return this.#word(at);
    if ((kind & DIGIT) !== 0) return this.#number(at);
    switch (c) {
      case 0x27: // '
        return this.#literal(this.#closing(at, this.#isMysql));
      case 0x22: // "
        return this.#isMysql ? this.#literal(this.#closing(at, true)) : this.#verbatim(NAME, this.#closing(at, false));
      case 0x60: // `
        return this.#verbatim(NAME, this.#closing(at, false));
      case 0x24: // $
        return this.#isMysql ? this.#word(at) : this.#dollar(at);
      case 0x3f: // ?
        return this.#isMysql ? this.#literal(at + 1) : this.#verbatim(SYMBOL, at + 1);
      case 0x2e: // .
        return (this.#classAt(at + 1) & DIGIT) !== 0 ? this.#number(at) : this.#verbatim(SYMBOL, at + 1);
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
    this.end = Math.min(end, this.#sql.length);
    return kind !== END;
  }

  #literal(end: number): boolean {
    this.#units[this.written++] = 0;
    return this.#token(LITERAL, end);
  }

  /** Written as it is, and ended by a blank: what is no name holds none. */
  #verbatim(kind: TokenKind, end: number): boolean {
    const sql = this.#sql;
    for (let at = this.end; at < end; at++) this.#units[this.written++] = sql.charCodeAt(at);
    this.#units[this.written++] = 0x20;
    return this.#token(kind, end);
  }

  #classAt(at: number): number {
    return at < this.#sql.length ? classOf(this.#sql.charCodeAt(at)) : 0;
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

  /** `$1` is a place for a constant, `$$…$$` and `$tag$…$tag$` are one. */
  #dollar(at: number): boolean {
    const sql = this.#sql;
    let end = at + 1;
    if ((this.#classAt(end) & DIGIT) !== 0) {
      while ((this.#classAt(end) & DIGIT) !== 0) end++;
      return this.#literal(end);
    }
    while ((this.#classAt(end) & (WORD_FIRST | DIGIT)) !== 0) end++;
    if (sql[end] !== "$") return this.#verbatim(SYMBOL, at + 1);
    const tag = sql.slice(at, end + 1), close = sql.indexOf(tag, end + 1);
    return this.#literal(close < 0 ? sql.length : close + tag.length);
  }

  #number(at: number): boolean {
    const sql = this.#sql;
    let end = at + 1;
    for (; end < sql.length; end++) {
      const c = sql.charCodeAt(end);
      if (c === 0x2e || (classOf(c) & (WORD_FIRST | DIGIT)) !== 0) continue;
      if ((c !== 0x2b && c !== 0x2d) || !/^[\d.]+e$/i.test(sql.slice(at, end))) break; // the sign in 1e-5
    }
    return this.#literal(end);
  }

  #word(at: number): boolean {
    const sql = this.#sql, units = this.#units;
    let end = at, { written } = this;
    for (; this.#isMysql && end < sql.length && sql.charCodeAt(end) === 0x40; end++) units[written++] = 0x40;
    for (; end < sql.length; end++) {
      const c = sql.charCodeAt(end), unit = c < 128 ? wordUnits[c] : c;
      if (unit === 0) break;
      units[written++] = unit;
    }
    if (end < sql.length && this.#isIntroducer(at, end)) {
      const escapes = this.#isMysql || (sql.charCodeAt(at) | 0x20) === 0x65;
      return this.#literal(this.#closing(sql.charCodeAt(end) === 0x27 ? end : end + 1, escapes));
    }
    units[written++] = 0x20;
    this.written = written;
    return this.#token(WORD, end);
  }

  /** Whether a word stands in front of a literal: E'…', N'…', X'…', B'…', U&'…', _utf8mb4'…'. */
  #isIntroducer(at: number, end: number): boolean {
    const sql = this.#sql, c = sql.charCodeAt(end);
    if (c !== 0x27 && c !== 0x26) return false;
    const first = sql.charCodeAt(at), isLetter = end === at + 1 && first < 0x80;
    if (c === 0x27) return isLetter || (this.#isMysql && first === 0x5f);
    return isLetter && (first | 0x20) === 0x75 && sql[end + 1] === "'";
  }

  /** Operators of several characters are one symbol, but for signs: `=-5` is an operator, a sign and a number. */
  #operator(at: number): boolean {
    const sql = this.#sql;
    let end = at + 1;
    if (sql.charCodeAt(at) === 0x2d && sql[end] === ">") end += sql[end + 1] === ">" ? 2 : 1; // -> and ->>
    else if ((this.#classAt(at) & OPERATOR) !== 0) { while ((this.#classAt(end) & OPERATOR) !== 0) end++; }
    return this.#verbatim(SYMBOL, end);
  }

  /** Skips blanks and comments. What MySQL's `/*!…` holds is executed by it, so it is read. */
  #skip(): number {
    const sql = this.#sql;
    while (this.end < sql.length) {
      const at = this.end, c = sql.charCodeAt(at), second = sql.charCodeAt(at + 1);
      if (c <= 0x20) this.end++;
      else if (c === 0x2d && second === 0x2d && !(this.#isMysql && sql.charCodeAt(at + 2) > 0x20)) this.#line();
      else if (c === 0x23 && this.#isMysql) this.#line();
      else if (c === 0x2a && second === 0x2f && this.#isMysql) this.end += 2; // the end of a /*! … */
      else if (c === 0x2f && second === 0x2a) this.#comment();
      else break;
    }
    return this.end;
  }

  #line(): void {
    const end = this.#sql.indexOf("\n", this.end);
    this.end = end < 0 ? this.#sql.length : end + 1;
  }

  /** A comment may hold others in PostgreSQL. */
  #comment(): void {
    const sql = this.#sql;
    const executed = this.#isMysql ? /^\/\*M?!\d*/.exec(sql.slice(this.end, this.end + 12)) : null;
    if (executed !== null) {
      this.end += executed[0].length;
      return;
    }
    let open = 0;
    do {
      const pair = sql.slice(this.end, this.end + 2);
      if (pair === "/*" && (open === 0 || !this.#isMysql)) open++;
      else if (pair === "*/") open--;
      this.end += pair === "/*" || pair === "*/" ? 2 : 1;
    } while (open > 0 && this.end < sql.length);
  }
}
