/**
 * Hides the passwords that SQL statements carry: `ALTER USER bob IDENTIFIED BY 'x'`, `CREATE ROLE bob PASSWORD 'x'`,
 * `SET PASSWORD FOR bob = PASSWORD('x')`, `CHANGE MASTER TO MASTER_PASSWORD = 'x'`, `UPDATE users SET password = 'x'`.
 *
 * The text is read once, token by token, by the lexical rules that MySQL, MariaDB and PostgreSQL share or differ in
 * (https://dev.mysql.com/doc/refman/8.4/en/literals.html, https://www.postgresql.org/docs/current/sql-syntax-lexical.html).
 * Nothing but the literal is changed. Text that was cut in the middle of a secret is hidden to its end.
 */
import { MASK } from "./secrets.ts";

/** Statements without any of these words hold no secret that is known here; nearly all do not. */
const SUSPICIOUS = /pass(?:w|phrase)|identified|connection|crypt|dblink/i;
/** Words whose next literal is the secret, whatever stands before their last part (`MASTER_PASSWORD`). */
const SECRET_NAME = /(?:password|passwd|passphrase)$/i;
/** Functions all of whose literals are secrets: keys, passwords, and connection strings. */
const SECRET_FUNCTIONS = new Set([
  "PASSWORD",
  "OLD_PASSWORD",
  "AES_ENCRYPT",
  "AES_DECRYPT",
  "DES_ENCRYPT",
  "DES_DECRYPT",
  "ENCRYPT",
  "CRYPT",
  "PGP_SYM_ENCRYPT",
  "PGP_SYM_ENCRYPT_BYTEA",
  "PGP_SYM_DECRYPT",
  "PGP_SYM_DECRYPT_BYTEA",
  "DBLINK",
  "DBLINK_CONNECT",
  "DBLINK_CONNECT_U",
]);
/** Words that may stand between the name of a secret and its literal. */
const FILLERS = new Set(["BY", "TO", "AS", "USING", "IN", "LIKE"]);
/** After `IDENTIFIED` or `PASSWORD`, words whose next literal is the secret: elsewhere in it stand the names of plugins. */
const CLAUSE_WORDS = new Set(["BY", "AS", "USING", "REPLACE"]);
/** Statements inside string literals (`PREPARE s FROM '…'`, `DO $$…$$`) are read to this depth. */
const DEPTH = 4;

const WORD = /[A-Za-z0-9_$\u0080-\uffff]/;
const wordCharacter = new Uint8Array(128);
for (let c = 0; c < 128; c++) wordCharacter[c] = WORD.test(String.fromCharCode(c)) ? 1 : 0;

/** What the next literal is. `CONNECTION '…'` (subscriptions, FEDERATED tables) is secret, `KILL CONNECTION 5` is not. */
const PUBLIC = 0, SECRET = 1, SECRET_TEXT = 2;

/** Whose lexical rules hold where they differ: backslashes in plain literals, `#` and `--` comments, comments in comments. */
export type SqlDialect = "mysql" | "postgresql";

class Masker {
  readonly #text: string;
  readonly #end: number;
  #at = 0;
  readonly #depth: number;
  readonly #isMysql: boolean;
  /** What was written, and up to where the text is in it. */
  #out = "";
  #copied = 0;
  #next: typeof PUBLIC | typeof SECRET | typeof SECRET_TEXT = PUBLIC;
  /** Whether the token before was a secret literal: literals that follow it at once belong to it. */
  #continues = false;
  /** Between `IDENTIFIED` or `PASSWORD` and the end of its clause. */
  #inClause = false;
  /** After `SET PASSWORD FOR`: the secret follows the next `=`. */
  #awaitsEquals = false;
  /** Depth of parentheses, and the one inside which every literal is a secret; 0 for none. */
  #parentheses = 0;
  #secretParenthesis = 0;
  /** The word before, in upper case, when nothing but blanks stands after it. */
  #word = "";

  constructor(text: string, isMysql: boolean, depth: number) {
    this.#text = text;
    this.#end = text.length;
    this.#isMysql = isMysql;
    this.#depth = depth;
  }

  run(): string {
    const text = this.#text;
    while (this.#at < this.#end) {
      const c = text.charCodeAt(this.#at);
      if (c <= 0x20) this.#at++;
      else if (c === 0x27 || c === 0x22) this.#string(this.#at, this.#isMysql);
      else if (c === 0x60) this.#quotedName();
      else if (c === 0x24 && this.#dollarString()) continue;
      else if (c > 0x7f || wordCharacter[c] === 1) this.#wordOrNumber(c);
      else if (!this.#comment(c)) this.#symbol(c);
    }
    return this.#copied === 0 ? text : this.#out + text.slice(this.#copied);
  }

  /** A literal `'…'`, or `"…"` which is a name in some dialects, whose prefix begins at `start`. */
  #string(start: number, escapes: boolean): void {
    const text = this.#text;
    const quote = text.charCodeAt(this.#at);
    const from = this.#at + 1;
    let at = from;
    for (; at < this.#end; at++) {
      const c = text.charCodeAt(at);
      if (c === 0x5c && escapes) at++;
      else if (c === quote) {
        if (text.charCodeAt(at + 1) !== quote) break;
        at++;
      }
    }
    const to = Math.min(at, this.#end);
    this.#at = Math.min(at + 1, this.#end);
    if (this.#isSecret(true)) return this.#mask(start);
    const content = text.slice(from, to);
    if (quote === 0x22 && SECRET_NAME.test(content)) { // "password" = 'x', where quotes make names
      this.#afterLiteral();
      this.#next = SECRET;
      return;
    }
    this.#nested(from, to, String.fromCharCode(quote));
    this.#afterLiteral();
  }

  /** A name in back quotes. */
  #quotedName(): void {
    const close = this.#text.indexOf("`", this.#at + 1);
    const to = close < 0 ? this.#end : close;
    const name = this.#text.slice(this.#at + 1, to);
    this.#at = close < 0 ? this.#end : close + 1;
    this.#afterLiteral();
    if (SECRET_NAME.test(name)) this.#next = SECRET;
  }

  /** `$$…$$` or `$tag$…$tag$`; false when the dollar begins something else. */
  #dollarString(): boolean {
    const text = this.#text;
    let at = this.#at + 1;
    while (at < this.#end && text.charCodeAt(at) !== 0x24) {
      const c = text.charCodeAt(at);
      if (c < 0x80 && wordCharacter[c] === 0) return false;
      at++;
    }
    const first = text.charCodeAt(this.#at + 1);
    if (at === this.#end || (first >= 0x30 && first <= 0x39)) return false; // $1 is a parameter
    const start = this.#at;
    const tag = text.slice(start, at + 1);
    const close = text.indexOf(tag, at + 1);
    const to = close < 0 ? this.#end : close;
    this.#at = close < 0 ? this.#end : close + tag.length;
    if (this.#isSecret(true)) this.#mask(start);
    else {
      this.#nested(at + 1, to, "");
      this.#afterLiteral();
    }
    return true;
  }

  /** Masks the statements that a literal holds, whose own quotes are doubled or escaped in it. */
  #nested(from: number, to: number, quote: string): void {
    if (this.#depth === 0) return;
    const content = this.#text.slice(from, to);
    if (!SUSPICIOUS.test(content)) return;
    const plain = quote === "" ? content : content.replaceAll(quote + quote, quote).replaceAll("\\" + quote, quote);
    const masked = new Masker(plain, this.#isMysql, this.#depth - 1).run();
    if (masked === plain) return;
    this.#out += this.#text.slice(this.#copied, from) +
      (quote === "" ? masked : masked.replaceAll(quote, quote + quote));
    this.#copied = to;
  }

  #wordOrNumber(first: number): void {
    const text = this.#text;
    const start = this.#at;
    let at = start + 1;
    for (; at < this.#end; at++) {
      const c = text.charCodeAt(at);
      if (c < 0x80 && wordCharacter[c] === 0) break;
    }
    this.#at = at;
    if (first >= 0x30 && first <= 0x39) { // numbers, and hashes as 0x…
      if (this.#isSecret(false)) this.#mask(start);
      else this.#afterLiteral();
      return;
    }
    const word = text.slice(start, at).toUpperCase();
    // E'…', N'…', X'…', B'…', U&'…', _utf8mb4'…'
    const introduced = word === "U" && text.charCodeAt(at) === 0x26 ? at + 1 : at;
    if (text.charCodeAt(introduced) === 0x27 && (word.length === 1 || word.startsWith("_"))) {
      this.#at = introduced;
      return this.#string(start, word === "E" || this.#isMysql);
    }
    this.#continues = false;
    if (word === "IDENTIFIED" || word === "PASSWORD") this.#inClause = true;
    if (word === "FOR" && this.#word === "PASSWORD") this.#awaitsEquals = true;
    if (SECRET_NAME.test(word) || (this.#inClause && CLAUSE_WORDS.has(word))) this.#next = SECRET;
    else if (word === "CONNECTION") this.#next = SECRET_TEXT;
    else if (!FILLERS.has(word)) this.#next = PUBLIC;
    this.#word = word;
  }

  /** Skips a comment; false when none begins here. What `/*!…` holds is executed by MySQL, so it is read. */
  #comment(c: number): boolean {
    const text = this.#text;
    const second = text.charCodeAt(this.#at + 1);
    const third = text.charCodeAt(this.#at + 2);
    if (c === 0x2d && second === 0x2d && !(this.#isMysql && third > 0x20) || c === 0x23 && this.#isMysql) { // -- and #
      const line = text.indexOf("\n", this.#at);
      this.#at = line < 0 ? this.#end : line + 1;
      return true;
    }
    if (c === 0x2a && second === 0x2f) { // the end of a /*! … */
      this.#at += 2;
      return true;
    }
    if (c !== 0x2f || second !== 0x2a) return false;
    if (!this.#isMysql) this.#nestedComment();
    else if (third === 0x21) this.#at = skipDigits(text, this.#at + 3); // /*!50700 …
    else if (third === 0x4d && text.charCodeAt(this.#at + 3) === 0x21) this.#at = skipDigits(text, this.#at + 4); // /*M!
    else {
      const close = text.indexOf("*/", this.#at + 2);
      this.#at = close < 0 ? this.#end : close + 2;
    }
    return true;
  }

  /** Skips a comment that may hold others, as in PostgreSQL. */
  #nestedComment(): void {
    const text = this.#text;
    let open = 0;
    do {
      const pair = text.charCodeAt(this.#at) << 8 | text.charCodeAt(this.#at + 1);
      if (pair === 0x2f2a) open++;
      else if (pair === 0x2a2f) open--;
      this.#at += pair === 0x2f2a || pair === 0x2a2f ? 2 : 1;
    } while (open > 0 && this.#at < this.#end);
  }

  #symbol(c: number): void {
    this.#at++;
    this.#continues = false;
    switch (c) {
      case 0x28: // (
        this.#parentheses++;
        if (this.#secretParenthesis === 0 && (this.#next === SECRET || SECRET_FUNCTIONS.has(this.#word))) {
          this.#secretParenthesis = this.#parentheses;
        }
        break;
      case 0x29: // )
        if (this.#parentheses === this.#secretParenthesis) this.#secretParenthesis = 0;
        if (this.#parentheses > 0) this.#parentheses--;
        this.#next = PUBLIC;
        break;
      case 0x3d: // =
        if (this.#awaitsEquals) this.#next = SECRET;
        this.#awaitsEquals = false;
        break;
      case 0x21: // ! of !=
      case 0x3a: // : of :=
      case 0x3c: // <
      case 0x3e: // >
        break;
      default:
        this.#next = PUBLIC;
        if (c === 0x2c || c === 0x3b) this.#inClause = this.#awaitsEquals = false; // , and ;
    }
    this.#word = "";
  }

  #isSecret(isText: boolean): boolean {
    return this.#next === SECRET || this.#continues || this.#secretParenthesis > 0 ||
      (isText && this.#next === SECRET_TEXT);
  }

  /** Puts the mask in place of what was read since `start`. */
  #mask(start: number): void {
    if (!this.#continues) this.#out += this.#text.slice(this.#copied, start) + MASK;
    this.#copied = this.#at;
    this.#afterLiteral();
    this.#continues = true;
  }

  #afterLiteral(): void {
    this.#next = PUBLIC;
    this.#continues = false;
    this.#word = "";
  }
}

function skipDigits(text: string, at: number): number {
  let c = text.charCodeAt(at);
  while (c >= 0x30 && c <= 0x39) c = text.charCodeAt(++at);
  return at;
}

/** The statement with its secrets as `***`, their quotes included. Time is linear in the text. */
export function maskSql(text: string, dialect: SqlDialect = "mysql"): string {
  return SUSPICIOUS.test(text) ? new Masker(text, dialect === "mysql", DEPTH).run() : text;
}
