/** One comparison as a function. What can be known of it before there is any round trip is checked here. */
import { canonicalAddress } from "../core/address.ts";
import type { Endpoint } from "../core/flow.ts";
import { didYouMean } from "../core/near_miss.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import { ExpressionError } from "./errors.ts";
import {
  ADDRESSES,
  type EndpointField,
  type Field,
  type NumberField,
  type Predicate,
  type TextField,
} from "./fields.ts";
import { lastPart } from "./labels.ts";
import type { Condition } from "./parser.ts";
import { Pattern } from "./pattern.ts";
import type { Token } from "./tokens.ts";

/** A number as text has it: what `Number` takes besides (spaces, `0x10`, nothing at all) is none. */
const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;

/** Makes functions of the conditions of one expression. */
export class Conditions {
  readonly #expression: string;
  readonly #fields: ReadonlyMap<string, Field>;

  constructor(expression: string, fields: ReadonlyMap<string, Field>) {
    this.#expression = expression;
    this.#fields = fields;
  }

  /** @throws ExpressionError */
  predicate({ name, operator, values }: Condition): Predicate {
    const field = this.#fieldOf(name);
    if (field.kind === "flag") {
      if (operator !== undefined) this.#fail(`${name.text} stands alone: it holds or it does not`, operator);
      return field.holds;
    }
    if (operator === undefined) {
      this.#fail(`${name.text} must be compared, with one of = != < <= > >= ~ !~ in`, name);
    }
    const tests = values.map((value) => this.#comparison(field, name, operator, value));
    if (tests.length === 1) return tests[0];
    return (roundTrip) => {
      for (const test of tests) if (test(roundTrip)) return true;
      return false;
    };
  }

  #fieldOf(name: Token): Field {
    const field = this.#fields.get(name.text);
    if (field !== undefined) return field;
    const names = [...this.#fields.keys()].sort();
    const short = names.filter((known) => !known.includes(".") || !names.includes(lastPart(known)));
    const hint = didYouMean(name.text, names) || `; known are ${short.join(", ")}`;
    this.#fail(`unknown name '${name.text}'${hint}`, name);
  }

  #comparison(field: Exclude<Field, { kind: "flag" }>, name: Token, operator: Token, value: Token): Predicate {
    switch (field.kind) {
      case "number":
        return this.#number(field, name, operator, value);
      case "text":
        return this.#text(field, name, operator, value);
      case "endpoint":
        return this.#endpoint(field, name, operator, value);
    }
  }

  #number({ read, parse, allowed }: NumberField, name: Token, operator: Token, value: Token): Predicate {
    if (isMatch(operator)) this.#fail(`${operator.text} matches text, and ${name.text} is a number`, operator);
    const wanted = parse(value.text);
    if (wanted === undefined) this.#fail(`'${value.text}' is not ${allowed}`, value);
    return ordered(read, operator.text, wanted);
  }

  #text(field: TextField, name: Token, operator: Token, value: Token): Predicate {
    const { read } = field;
    if (isMatch(operator)) return this.#match(read, operator, value);
    if (isOrder(operator)) {
      if (!isNumber(value)) {
        this.#fail(`${operator.text} compares ${name.text} with a number, not '${value.text}'`, value);
      }
      return ordered((roundTrip) => numberIn(read(roundTrip)), operator.text, Number(value.text));
    }
    const wanted = field.canonical === undefined ? value.text : field.canonical(value.text);
    if (wanted === undefined) this.#fail(`'${value.text}' is not ${field.allowed!(value.text)}`, value);
    const isEqual = isNumber(value) ? equalNumber(value.text) : (found: string) => found === wanted;
    return compared(read, operator, isEqual);
  }

  #endpoint({ read }: EndpointField, name: Token, operator: Token, value: Token): Predicate {
    if (isOrder(operator)) this.#fail(`${name.text} is an address: ${operator.text} does not compare it`, operator);
    if (isMatch(operator)) return this.#match((roundTrip) => endpointText(read(roundTrip)), operator, value);
    const [host, port] = hostAndPort(value.text);
    const address = canonicalAddress(host);
    if (address === undefined || !(port <= 65535)) {
      this.#fail(`'${value.text}' is not ${ADDRESSES}, or one with a port: 10.0.0.7:80, [2001:db8::7]:80`, value);
    }
    const isEqual = (found: Endpoint) => found.host === address && (port < 0 || found.port === port);
    return compared(read, operator, isEqual);
  }

  #match(read: (roundTrip: RoundTrip) => string | undefined, operator: Token, value: Token): Predicate {
    let pattern: Pattern;
    try {
      pattern = new Pattern(value.text);
    } catch (error) {
      this.#fail(`no regular expression (RE2): ${(error as Error).message}`, value);
    }
    return compared(read, operator, (found: string) => pattern.test(found));
  }

  #fail(message: string, { at }: Token): never {
    throw new ExpressionError(message, this.#expression, at);
  }
}

function isMatch({ text }: Token): boolean {
  return text === "~" || text === "!~";
}

function isOrder({ text }: Token): boolean {
  return text.startsWith("<") || text.startsWith(">");
}

/** Whether a person wrote a number, and did not put it in quotes. */
function isNumber({ kind, text }: Token): boolean {
  return kind === "word" && DECIMAL.test(text);
}

/** The number that a text is, or NaN. */
function numberIn(text: string | undefined): number {
  return text !== undefined && DECIMAL.test(text) ? Number(text) : NaN;
}

function equalNumber(wanted: string): (found: string) => boolean {
  const number = Number(wanted);
  return (found) => found === wanted || numberIn(found) === number;
}

/** What is not there is neither equal nor unequal. */
function compared<V>(
  read: (roundTrip: RoundTrip) => V | undefined,
  { text }: Token,
  test: (found: V) => boolean,
): Predicate {
  const wanted = !text.startsWith("!");
  return (roundTrip) => {
    const found = read(roundTrip);
    return found !== undefined && test(found) === wanted;
  };
}

/** Comparisons with NaN, which stands for what is not there, are false of themselves, but for one. */
function ordered(read: (roundTrip: RoundTrip) => number, operator: string, wanted: number): Predicate {
  switch (operator) {
    case "<":
      return (roundTrip) => read(roundTrip) < wanted;
    case "<=":
      return (roundTrip) => read(roundTrip) <= wanted;
    case ">":
      return (roundTrip) => read(roundTrip) > wanted;
    case ">=":
      return (roundTrip) => read(roundTrip) >= wanted;
    case "!=":
      return (roundTrip) => {
        const found = read(roundTrip);
        return found < wanted || found > wanted;
      };
    default:
      return (roundTrip) => read(roundTrip) === wanted;
  }
}

/** `10.0.0.7:80`, `[::1]:80`, `::1`, `10.0.0.7` in two; the port is -1 where there is none. */
function hostAndPort(text: string): [host: string, port: number] {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? [text, -1] : [host, port === undefined ? -1 : Number(port)];
}

function endpointText({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
