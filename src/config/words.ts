/** Kinds of values that are texts with rules of their own: addresses, URLs, headers, paths, patterns, expressions. */
import { maskTarget } from "../core/secrets.ts";
import { checkedText, type Kind, scalar, texts } from "./kinds.ts";
import { quoted } from "./reading.ts";

export const address = checkedText("address", (given) => {
  const port = /^(?:[\w.-]*|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(given)?.[1];
  if (port === undefined) {
    return "is no address to listen on: write :9091 for all addresses, 127.0.0.1:9091, or [::1]:9091";
  }
  return Number(port) <= 65535 ? undefined : "has no port from 0 to 65535";
});

export const url = checkedText("URL", (given) => {
  if (given === "") return undefined;
  if (/^https?:\/\/[^/?#]/i.test(given) && URL.canParse(given)) return undefined;
  return "is no URL of http or https: write it whole, such as http://127.0.0.1:4318/v1/traces";
}, (given) => quoted(maskTarget(given.replace(/^([^@]*:\/\/)?.*@/s, "$1***@"))));

/** A URL without the user, password and secret parameters in it. */
export function withoutCredentials(given: string): string {
  return maskTarget(given.replace(/^(https?:\/\/)[^/?#]*@/i, "$1***@"));
}

export const pattern = checkedText("regular expression", (given) => {
  try {
    new RegExp(given);
    return undefined;
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: \/.*\/u?: /s, "");
    return `is no regular expression (${reason}): write a name such as eth0, or eth.*, or any`;
  }
});

/** Where a file is written. */
export const path = scalar<string>("path", "a path", (given) => {
  if (given === "") return { unset: "'' names no file" };
  return given.includes("\0") ? { wrong: "a path has no NUL character" } : { value: given };
}, JSON.stringify);

/** Never shown, not even where it is wrong. */
export const token = checkedText("text", (given) => {
  return /^[\x21-\x7e]*$/.test(given) ? undefined : "a token is letters, digits and punctuation, without spaces";
}, () => "");

const headerValue = checkedText("text", (given) => {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(given) ? undefined : "the value of a header is one line of plain text";
}, () => "");

/** Header fields of a request (RFC 9110, 5.1). */
export const headers = texts(headerValue, (name) => {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) ? undefined : "is no name of a header, such as X-Scope-OrgID";
});

export const mediaType = scalar<string>("media type", "one media type", (given) => {
  const part = "[\\w!#$&^.+-]+";
  return new RegExp(`^(${part}|\\*)/(${part}|\\*|\\*\\+${part})$`).test(given)
    ? { value: given.toLowerCase() }
    : { wrong: `${quoted(given)} is no media type: write application/json, text/*, or */*` };
}, JSON.stringify);

/** The ring's blocks. As with the Go program, they are a multiple of 16, from 16 to 1024. */
export const blocks: Kind<number> = scalar<number>("16, 32 ... 1024", "a whole number", (given) => {
  const value = /^[+-]?\d{1,9}$/.test(given.trim()) ? Number(given) : NaN;
  if (Number.isNaN(value)) {
    return { wrong: `${quoted(given)} is not a whole number: a multiple of 16, from 16 to 1024` };
  }
  const fitting = Math.min(1024, Math.max(16, value - value % 16));
  return fitting === value ? { value } : { value: fitting, note: `${value} is not a multiple of 16 from 16 to 1024` };
}, String);

export const filter = checkedText("BPF expression", (given, { checks }) => {
  const trouble = given === "" ? undefined : checks.checkFilter?.(given);
  return trouble === undefined ? undefined : `cannot be used: ${trouble}`;
});

export const expression = checkedText("expression", (given, { checks }) => {
  const trouble = given === "" ? undefined : checks.checkExpression?.(given);
  return trouble === undefined ? undefined : `cannot be used: ${trouble}`;
});
