/** What people are told of the language. */
import type { Protocol } from "../core/protocol.ts";
import { lastPart } from "./labels.ts";
import { TEXT_CHARACTERS } from "./pattern.ts";

/** Help on expressions, with the labels of these protocols. */
export function expressionHelp(protocols: readonly Protocol[]): string {
  return `Expressions choose round trips, such as

  http and path ~ "^/api" and duration > 50ms and status >= 500
  (redis or mysql) and not failed and server = 10.0.0.7:6379
  method in (POST, PUT) and request.size > 1MB

Grammar:
  expression  = conjunction { "or" conjunction }
  conjunction = term { "and" term }
  term        = "not" term | "(" expression ")" | condition
  condition   = name [ operator value | "in" "(" value { "," value } ")" ]
  operator    = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~"

A value with spaces, parentheses, commas or operators stands in quotes, "so" or 'so'; nothing in it is escaped.
~ looks for a regular expression (RE2) in the first ${TEXT_CHARACTERS} characters. < and > compare numbers.
What a round trip does not have, as dns has no path, and a request without response no status, makes a comparison false.

Names that stand alone:
  ${protocols.map(({ name }) => name).join(", ")}
  answered, failed (or error)

Names that are compared:
  protocol                                http, dns, ...
  client, client.host, client.port        who opened the connection: 10.0.0.7, 10.0.0.7:40000, [2001:db8::7]:40000
  server, server.host, server.port        who accepted it
  duration                                50ms, 1.5s, 2m
  request.size, response.size             bytes: 512, 10kB, 1.5MB, 64KiB
  asked (or text)                         what was asked, as --format text prints it; secrets are ***
  result                                  what came of it, as --format text prints it
  status                                  the status code where the protocol has one, else the result

Names of single protocols, of which the last part is enough (path):
${protocols.map(labelLine).join("\n")}
`;
}

function labelLine({ name, labels }: Protocol): string {
  const selectors = Object.entries(labels).map(([selector, label]) =>
    label.name === lastPart(selector) ? selector : `${selector} (or ${label.name})`
  );
  return `  ${name.padEnd(11)} ${selectors.join(", ")}`;
}
