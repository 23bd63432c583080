/**
 * The screen of `packetd stats`: what a person chose on it, and its lines. It knows no terminal: keys come in by name,
 * lines go out as text.
 */
import { printable, shortened } from "../export/printable.ts";
import { COLUMNS, sorted } from "./columns.ts";
import { type Dimension, DIMENSIONS } from "./dimensions.ts";
import { Group } from "./group.ts";
import { screenRows } from "./screen_rows.ts";
import type { Snapshot } from "./stats.ts";
import { labelText, rangeText, sumOf } from "./table.ts";

const REVERSE = "\x1b[7m", BOLD = "\x1b[1m", RESET = "\x1b[0m";
const KEYS = "s sort  g group  f filter  e errors  p pause  r reset  enter look  q quit";
const PROMPT_KEYS = "enter takes the expression, escape leaves it";
const LOOK_KEYS = "up, down scroll  escape back  q quit";
/** Lines that are no rows of the table: three above, its head, and the keys. */
const FRAME_LINES = 5;
const FILTER_CHARACTERS = 1000;

/** What the board has others do. */
export interface BoardActions {
  /** Forgets all, and goes on with these choices. */
  restart(): void;
  /** Takes an expression. @returns what is wrong with it; empty when nothing is */
  filter(expression: string): string;
  /** The last round trips of a group in full, as lines. */
  look(labels: readonly string[] | undefined): string[][];
  quit(): void;
}

/** What the head of the screen says. */
export interface Head {
  readonly title: string;
  /** Something that was said lately; empty for nothing. */
  readonly message: string;
}

export class Board {
  by: readonly Dimension[];
  sort: string;
  errorsOnly: boolean;
  expression: string;
  /** Whether the table stands still; what comes is counted all the same. */
  frozen: Snapshot | undefined;
  readonly #actions: BoardActions;
  readonly #groupings: (readonly Dimension[])[];
  #selected: readonly string[] | undefined;
  #looksAt: readonly string[] | undefined;
  #scroll = 0;
  /** The expression while it is typed. */
  #typed: string | undefined;
  #complaint = "";
  #snapshot: Snapshot | undefined;

  constructor(
    { by, sort, errorsOnly, where }: {
      readonly by: readonly Dimension[];
      readonly sort: string;
      readonly errorsOnly: boolean;
      readonly where: string;
    },
    actions: BoardActions,
  ) {
    this.by = by;
    this.sort = sort;
    this.errorsOnly = errorsOnly;
    this.expression = where;
    this.#actions = actions;
    const names = by.map(({ name }) => name).join();
    this.#groupings = [by, ...DIMENSIONS.map((dimension) => [dimension]).filter(([{ name }]) => name !== names)];
  }

  /** A key was pressed. */
  key(name: string): void {
    if (name === "interrupt") return this.#actions.quit();
    if (this.#typed !== undefined) return this.#type(name);
    if (name === "q") return this.#actions.quit();
    if (this.#looksAt !== undefined) return this.#look(name);
    this.#complaint = "";
    switch (name) {
      case "s":
      case "S":
      case "right":
      case "left":
        return this.#nextSort(name === "s" || name === "right" ? 1 : -1);
      case "g":
        this.by = this.#groupings[(this.#groupings.indexOf(this.by) + 1) % this.#groupings.length];
        if (![...COLUMNS, ...this.by].some((known) => known.name === this.sort)) this.sort = "total";
        return this.#restart();
      case "e":
        this.errorsOnly = !this.errorsOnly;
        return this.#restart();
      case "f":
      case "/":
        this.#typed = this.expression;
        return;
      case "p":
      case " ":
        this.frozen = this.frozen === undefined && this.#snapshot !== undefined ? copyOf(this.#snapshot) : undefined;
        return;
      case "r":
        return this.#restart();
      case "up":
      case "k":
      case "down":
      case "j":
        return this.#move(name === "up" || name === "k" ? -1 : 1);
      case "enter":
        this.#looksAt = this.#selected;
        this.#scroll = 0;
        this.#actions.look(this.#looksAt);
    }
  }

  /** The lines of the whole screen, from top to bottom, so many of so many columns. */
  lines(snapshot: Snapshot, head: Head, columns: number, height: number): string[] {
    this.#snapshot = snapshot;
    const shown = this.frozen ?? snapshot;
    const { count, errors, unanswered } = sumOf(shown);
    const choice = [
      `by ${this.by.map(({ name }) => name).join()}`,
      `sort ${this.sort}`,
      ...(this.errorsOnly ? ["errors only"] : []),
      ...(this.frozen === undefined ? [] : ["PAUSED"]),
      ...(this.expression === "" ? [] : [`where ${this.expression}`]),
    ];
    const top = [
      `${BOLD}${line(head.title, columns)}${RESET}`,
      line(`${count} answered, ${errors} with an error, ${unanswered} unanswered; ${rangeText(shown)}`, columns),
      line(this.#complaint || head.message || choice.join("  "), columns),
    ];
    const space = Math.max(0, height - FRAME_LINES);
    const body = this.#looksAt === undefined
      ? this.#tableLines(shown, columns, space)
      : this.#lookLines(columns, space + 1);
    const bottom = this.#typed !== undefined
      ? `filter: ${tail(printable(this.#typed), columns - 10)}_`
      : line(this.#looksAt === undefined ? KEYS : LOOK_KEYS, columns);
    const filled = [...top, ...body];
    while (filled.length < height - 1) filled.push("");
    if (this.#typed !== undefined && filled.length > 3) filled[2] = line(this.#complaint || PROMPT_KEYS, columns);
    return [...filled.slice(0, height - 1), bottom];
  }

  #tableLines(shown: Snapshot, columns: number, space: number): string[] {
    const ordered = sorted(shown, this.sort);
    let at = ordered.findIndex((group) => isSame(group.labels, this.#selected));
    if (at < 0) {
      at = 0;
      this.#selected = ordered[0]?.labels;
    }
    const { head, rows } = screenRows(shown, ordered, { sort: this.sort, columns, space, at });
    return [
      `${REVERSE}${head.padEnd(columns)}${RESET}`,
      ...rows.map(({ text, isSelected }) => isSelected ? `${REVERSE}${text.padEnd(columns)}${RESET}` : text),
    ];
  }

  #lookLines(columns: number, space: number): string[] {
    const all = this.#actions.look(this.#looksAt);
    const title = `Last round trips of ${this.#looksAt?.map((label) => labelText(label)).join(" ")}, the newest first`;
    const text = all.length === 0 ? ["none is kept: wait for the next one"] : all.flatMap((each) => [...each, ""]);
    this.#scroll = Math.max(0, Math.min(this.#scroll, text.length - space + 1));
    const shown = text.slice(this.#scroll, this.#scroll + space - 1).map((each) => line(each, columns));
    return [`${REVERSE}${line(title, columns).padEnd(columns)}${RESET}`, ...shown];
  }

  #type(name: string): void {
    if (name === "escape") this.#typed = undefined;
    else if (name === "backspace") this.#typed = this.#typed!.slice(0, -1);
    else if (name === "enter") {
      this.#complaint = this.#actions.filter(this.#typed!.trim());
      if (this.#complaint !== "") return;
      this.expression = this.#typed!.trim();
      this.#typed = undefined;
      this.#restart();
    } else if ([...name].length === 1 && this.#typed!.length < FILTER_CHARACTERS) this.#typed += name;
  }

  #look(name: string): void {
    if (name === "up" || name === "k") this.#scroll--;
    else if (name === "down" || name === "j") this.#scroll++;
    else if (name === "page up") this.#scroll -= 10;
    else if (name === "page down" || name === " ") this.#scroll += 10;
    else if (name === "escape" || name === "enter" || name === "left" || name === "backspace") {
      this.#looksAt = undefined;
      this.#actions.look(undefined);
    }
  }

  #nextSort(step: number): void {
    const names = [...COLUMNS, ...this.by].map(({ name }) => name);
    this.sort = names[(names.indexOf(this.sort) + step + names.length) % names.length];
  }

  #move(step: number): void {
    const shown = this.frozen ?? this.#snapshot;
    if (shown === undefined) return;
    const ordered = sorted(shown, this.sort);
    const at = ordered.findIndex((group) => isSame(group.labels, this.#selected));
    this.#selected = ordered[Math.max(0, Math.min(ordered.length - 1, at + step))]?.labels;
  }

  #restart(): void {
    this.frozen = this.#snapshot = undefined;
    this.#selected = undefined;
    this.#actions.restart();
  }
}

function line(text: string, columns: number): string {
  return shortened(printable(text), columns);
}

function tail(text: string, columns: number): string {
  return text.slice(Math.max(0, text.length - Math.max(1, columns)));
}

function isSame(labels: readonly string[], others: readonly string[] | undefined): boolean {
  return others !== undefined && labels.length === others.length && labels.every((label, i) => label === others[i]);
}

/** The table as it is now, which no longer counts. */
function copyOf(snapshot: Snapshot): Snapshot {
  const copied = (group: Group) => {
    const copy = new Group(group.labels);
    copy.merge(group);
    return copy;
  };
  const other = snapshot.other === undefined ? undefined : copied(snapshot.other);
  return { ...snapshot, groups: snapshot.groups.map(copied), other };
}
