/** The screen without a terminal: every size, hostile text, keys. */
import assert from "node:assert/strict";
import { Board, type BoardActions } from "../../src/stats/board.ts";
import { dimensionsOf } from "../../src/stats/dimensions.ts";
import { keysIn } from "../../src/stats/keys.ts";
import { LAST, LastRoundTrips } from "../../src/stats/last.ts";
import { Stats } from "../../src/stats/stats.ts";
import { seeded } from "../tools/random.ts";
import { answered, asked } from "./round_trips.ts";

const actions: BoardActions = {
  restart: () => {},
  filter: () => "",
  look: () => [["{", '  "a": 1', "}"]],
  quit: () => {},
};
const head = { title: "packetd stats  \x1b[2Jlo", message: "" };

function filled(by: string): Stats {
  const stats = new Stats({ by: dimensionsOf(by), windowNs: Infinity });
  for (let i = 0; i < 200; i++) {
    stats.roundTrip(answered(`/path/${i}/${"x".repeat(i)}\x1b[31m`, i * 1e7, 1000 + i % 60));
  }
  for (let i = 0; i < 5000; i++) stats.roundTrip(answered(`/${i}`, 1e6));
  stats.unanswered(asked("/never"));
  return stats;
}

function boardOf(by: string, sort = "total"): Board {
  return new Board({ by: dimensionsOf(by), sort, errorsOnly: false, where: "" }, actions);
}

// deno-lint-ignore no-control-regex
const shown = (line: string) => line.replace(/\x1b\[[017]?m/g, "");

Deno.test("in every size there are as many lines as rows, none is wider, and no packet speaks to the terminal", () => {
  for (const by of ["endpoint", "protocol,server,client,endpoint,status"]) {
    const snapshot = filled(by).snapshot(1000, 1060), empty = new Stats({ by: dimensionsOf(by), windowNs: Infinity });
    for (
      const [columns, rows] of [[80, 24], [81, 25], [100, 30], [132, 43], [200, 60], [500, 5000], [20, 6], [5, 3], [
        1,
        1,
      ]]
    ) {
      for (const keys of ["", "down ".repeat(30), "enter", "p", "f a b c", "s s s s s"]) {
        const board = boardOf(by);
        for (const data of [empty.snapshot(Infinity, -Infinity), snapshot]) {
          board.lines(data, head, columns, rows);
          for (const key of keys.split(" ")) board.key(key);
          const lines = board.lines(data, head, columns, rows).map(shown);
          assert.equal(lines.length, rows);
          // deno-lint-ignore no-control-regex
          assert.ok(lines.every((line) => !/[\x00-\x1f]/.test(line)));
          if (columns >= 80) {
            assert.ok(lines.every((line) => line.length <= columns), `${columns}: ${lines.join("\n")}`);
          }
        }
      }
    }
  }
});

Deno.test("the selected row is always shown, and the rows that are not are one", () => {
  const snapshot = filled("endpoint").snapshot(1000, 1060);
  const board = boardOf("endpoint");
  board.lines(snapshot, head, 80, 24);
  for (let i = 0; i < 100; i++) {
    board.key("down");
    const lines = board.lines(snapshot, head, 80, 24);
    assert.equal(lines.filter((line) => line.startsWith("\x1b[7m")).length, 2, "the head, and the row");
    assert.match(lines[22], /^other: \d+ groups/);
  }
});

Deno.test("keys", () => {
  assert.deepEqual(keysIn("a\x1b[A\x1bOB\r\x7f\x03\x1b"), [
    "a",
    "up",
    "down",
    "enter",
    "backspace",
    "interrupt",
    "escape",
  ]);
  assert.deepEqual(keysIn("\x1b[1;5C\x1b[200~é\x00\x1b[5~"), ["é", "page up"]);
  assert.deepEqual(keysIn(""), []);
  const random = seeded(2);
  for (let i = 0; i < 5000; i++) {
    const board = boardOf("endpoint");
    keysIn(String.fromCharCode(...Array.from({ length: 20 }, () => random() * 128))).forEach((key) => board.key(key));
  }
});

Deno.test("what is typed is taken, or said to be wrong; escape leaves it", () => {
  const taken: string[] = [];
  const filter = (expression: string) => {
    taken.push(expression);
    return expression === "bad" ? "no such thing" : "";
  };
  const board = new Board({ by: dimensionsOf("endpoint"), sort: "total", errorsOnly: false, where: "" }, {
    ...actions,
    filter,
  });
  const snapshot = filled("endpoint").snapshot(1000, 1060);
  for (const key of ["f", ..."bad", "enter"]) board.key(key);
  assert.equal(board.lines(snapshot, head, 80, 24)[2], "no such thing");
  for (const key of ["backspace", "backspace", "backspace", ..."ok q", "enter"]) board.key(key);
  assert.deepEqual(taken, ["bad", "ok q"]);
  assert.equal(board.expression, "ok q");
  for (const key of ["f", "x", "escape"]) board.key(key);
  assert.equal(board.expression, "ok q");
});

Deno.test("the last round trips of a group are kept, within bounds", () => {
  const json = { ...answered("/a", 1).protocol, request: () => {}, response: () => {} };
  const last = new LastRoundTrips((roundTrip) => roundTrip.protocol.endpoint(roundTrip));
  const add = (path: string, sec: number) =>
    last.roundTrip(Object.assign(answered(path, 1e6, sec), { protocol: json }));
  for (let i = 0; i < 20; i++) add("/a", 1000);
  assert.equal(last.of("/a").length, LAST);
  for (let i = 0; i < 1000; i++) add(`/${i}`, 1000);
  assert.equal(last.of("/999").length, 0, "no more than so many in one second");
  last.watched = "/999";
  add("/999", 1000);
  assert.equal(last.of("/999").length, 1, "but of the one that is looked at");
  for (let i = 0; i < 1000; i++) add(`/${i}`, 2000 + i);
  assert.equal(last.of("/a").length, 0);
});
