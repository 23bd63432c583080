/** What is said of expressions that are wrong, and the bounds on those that are right. */
import assert from "node:assert/strict";
import { compileExpression, ExpressionError } from "../../src/query/mod.ts";
import { protocols } from "../../src/protocols/mod.ts";
import { accepted } from "./round_trips.ts";

function errorOf(expression: string): ExpressionError {
  try {
    compileExpression(expression, protocols);
  } catch (error) {
    assert.ok(error instanceof ExpressionError, `${expression}: ${error}`);
    return error;
  }
  assert.fail(`${expression} was understood`);
}

Deno.test("errors name the place, what is allowed, and the near miss", () => {
  const table: [string, number, RegExp][] = [
    ["", 1, /expected a condition such as status >= 500, found the end/],
    ["not", 4, /expected a condition .* found the end/],
    ["http and", 9, /expected a condition .* found the end/],
    ["htp", 1, /unknown name 'htp'; did you mean http\?/],
    ["http and pth = /", 10, /unknown name 'pth'; did you mean path\?/],
    ["nosuchthing", 1, /unknown name 'nosuchthing'; known are .*path.*version/],
    ["http dns", 6, /expected and, or, or the end, found 'dns'/],
    ["http AND dns", 6, /found 'AND'; did you mean and\?/],
    ["http && dns", 6, /write and/],
    ["http constructor", 6, /the end, found 'constructor'$/],
    ["status == 200", 8, /unknown operator '=='; write =$/],
    ["!http", 1, /unknown operator '!'; write not/],
    ["path =~ x", 6, /write ~/],
    ["path <~> x", 6, /unknown operator '<~>'; it is one of = != < <= > >= ~ !~/],
    ["path =", 7, /expected a value after =, found the end/],
    ["path = )", 8, /expected a value after =, found '\)'/],
    ["(http", 1, /a \( without its \)/],
    ["(http dns)", 7, /expected and, or, or \), found 'dns'/],
    ["http)", 5, /a \) without its \(/],
    ['path = "abc', 8, /a text that never ends: " is missing/],
    ["path = 'abc", 8, /a text that never ends: ' is missing/],
    ["path", 1, /path must be compared, with one of = /],
    ["failed = true", 8, /failed stands alone/],
    ["status in 200", 8, /in takes a list: in \(a, b\)/],
    ["status in (200", 15, /expected , or \) in the list, found the end/],
    ["status in ()", 12, /expected a value after in/],
    ["duration > 50", 12, /'50' is not a duration with its unit: 50ms/],
    ["duration in (1s, soon)", 18, /'soon' is not a duration/],
    ["duration ~ 5", 10, /~ matches text, and duration is a number/],
    ["response.size > 10x", 17, /'10x' is not a size in bytes: 512, 10kB/],
    ["server.port = http", 15, /'http' is not a port: 0 to 65535/],
    ["server.port = 65536", 15, /is not a port/],
    ["client = web1", 10, /'web1' is not an address: .*names are not looked up.*with a port: 10\.0\.0\.7:80/],
    ["client = 10.0.0.1:70000", 10, /is not an address/],
    ["client > 10.0.0.1", 8, /client is an address: > does not compare it/],
    ["client.host = web1", 15, /'web1' is not an address/],
    ["protocol = htp", 12, /'htp' is not a protocol; did you mean http\? amqp, /],
    ["path < /b", 8, /< compares path with a number, not '\/b'/],
    ['status > "500"', 10, /> compares status with a number/],
    ["path ~ '('", 8, /no regular expression \(RE2\): missing closing \)/],
    ["path ~ '(?=x)'", 8, /no regular expression \(RE2\): invalid or unsupported Perl syntax: `\(\?=`/],
    ["é and ü", 1, /unknown name 'é'/],
  ];
  for (const [expression, column, message] of table) {
    const error = errorOf(expression);
    assert.match(error.message, message);
    assert.equal(error.column, column, expression);
    assert.deepEqual(error.excerpt.split("\n"), [expression, " ".repeat(column - 1) + "^"]);
  }
});

Deno.test("columns count characters, and of a long expression what is near the place is shown", () => {
  const wide = errorOf('path = "😀😀" and nosuch');
  assert.equal(wide.column, 17);
  assert.equal(wide.excerpt, 'path = "😀😀" and nosuch\n' + " ".repeat(16) + "^");
  const long = errorOf("http and ".repeat(20) + "nosuch" + " and http".repeat(20));
  assert.equal(long.column, 181);
  const [line, caret] = long.excerpt.split("\n");
  assert.ok(line.length < 100 && line.startsWith("…") && line.endsWith("…"));
  assert.ok(line.slice(caret.length - 1).startsWith("nosuch"));
  assert.equal(errorOf("http\n\tand nosuch").excerpt, "http  and nosuch\n          ^", "one line");
});

Deno.test("length, depth and patterns are bounded", () => {
  assert.match(errorOf("http or ".repeat(600) + "http").message, /longer than 4096 characters/);
  assert.equal(accepted("http or ".repeat(500) + "http"), "GET POST DELETE");
  assert.match(errorOf("(".repeat(65) + "http" + ")".repeat(65)).message, /more than 64 parentheses/);
  assert.match(errorOf("not ".repeat(64) + "http").message, /more than 64/);
  assert.equal(accepted("not ".repeat(62) + "http"), "GET POST DELETE");
  assert.match(errorOf(`path ~ "${"a".repeat(513)}"`).message, /longer than 512 characters/);
  assert.match(errorOf("path ~ '(x{500}){2}'").message, /it repeats too much/);
  assert.match(errorOf("path ~ 'x{5000}'").message, /invalid repeat count/);
});
