/** A connection of a client program to Redis: what it asks is told with the sizes that packetd must print. */
import { Connection } from "../told.ts";

export class RedisConnection extends Connection {
  /**
   * Tells a command that was answered.
   *
   * @param words the command and its arguments, separated by spaces unless they are given one by one
   * @param type of the answer, as packetd calls it
   * @param answer what the driver gave, which must be what is expected
   */
  asked(words: string | readonly string[], type: string, answer: unknown, expected: unknown): void {
    const list = typeof words === "string" ? words.split(" ") : words;
    const size = payload(answer);
    const request = { Command: commandName(list), Size: payload(list)! };
    this.told(request, size === undefined ? { DataType: type } : { DataType: type, Size: size }, answer, expected);
  }
}

/** Commands whose first argument belongs to their name. */
const CONTAINERS = new Set(["CLIENT", "SCRIPT", "XGROUP"]);

/** What packetd must call a command with these words. */
export function commandName([first, second]: readonly string[]): string {
  return CONTAINERS.has(first) ? `${first} ${second}` : first;
}

/** Bytes of a value without what frames it; undefined where a driver gives it another form. */
function payload(value: unknown): number | undefined {
  if (value === null) return 0;
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (typeof value === "number") return String(value).length;
  if (value instanceof Error) return value.message.length;
  if (!Array.isArray(value)) return undefined;
  const sizes = value.map(payload);
  return sizes.includes(undefined) ? undefined : sizes.reduce<number>((total, size) => total + size!, 0);
}
