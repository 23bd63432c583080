/** A summary of an SQL statement, of which there are few: `SELECT orders` (OpenTelemetry's `db.query.summary`). */

/** What is looked at of a statement. */
const TEXT = 1024;
/** Longest summary (the conventions' own ceiling). */
const SUMMARY = 255;

/** Comments and brackets in front of the first word. */
const LEAD = /^(?:\s+|\(|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|--[^\n]*\n)*/;

/** What comes before the name of the table, by the statement's first word. */
const BEFORE_TARGET: Readonly<Record<string, RegExp>> = {
  SELECT: /\bFROM\s+/i,
  DELETE: /\bFROM\s+/i,
  INSERT: /\bINTO\s+/i,
  REPLACE: /\bINTO\s+/i,
  MERGE: /\bINTO\s+/i,
  UPDATE: /\bUPDATE\s+(?:ONLY\s+|LOW_PRIORITY\s+|IGNORE\s+)*/i,
  COPY: /\bCOPY\s+/i,
  TRUNCATE: /\bTRUNCATE\s+(?:TABLE\s+)?/i,
  CREATE: /\bTABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?/i,
  ALTER: /\bTABLE\s+(?:IF\s+EXISTS\s+)?/i,
  DROP: /\bTABLE\s+(?:IF\s+EXISTS\s+)?/i,
  CALL: /\bCALL\s+/i,
};

/** The first word and the first table; empty where the text does not begin with a word. */
export function sqlSummary(statement: string): string {
  const text = statement.slice(0, TEXT);
  const start = LEAD.exec(text)![0].length;
  const word = /^[A-Za-z]+/.exec(text.slice(start, start + 32));
  if (word === null) return "";
  const operation = word[0].toUpperCase();
  const before = Object.hasOwn(BEFORE_TARGET, operation) ? BEFORE_TARGET[operation].exec(text.slice(start)) : null;
  if (before === null) return operation;
  const rest = text.slice(start + before.index + before[0].length);
  const target = /^[\p{L}\p{N}_$."`[\]]+/u.exec(rest);
  return target === null ? operation : `${operation} ${target[0]}`.slice(0, SUMMARY);
}
