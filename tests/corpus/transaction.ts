/** A request with its response: as the truth has it, and as packetd prints it. */

export interface Transaction {
  /** What tells it from others: a method and a path, a command. */
  readonly key: readonly string[];
  /** What else there is to compare. */
  readonly details: Readonly<Record<string, string>>;
}

/** In a key of the truth: whatever is printed. */
export const ANY = "*";

/** A transaction of the truth. Frames are numbered as they lie in the capture, from 1; 0 stands for none. */
export interface Known extends Transaction {
  readonly requestFrame: number;
  readonly responseFrame: number;
  /** Names the conversation. */
  readonly stream: string;
  /** Whether packetd may print it but need not: the truth is not sure of it. */
  readonly isOptional: boolean;
}

/** A transaction that packetd printed. */
export interface Printed extends Transaction {
  /** Of who asked, and of who answered. */
  readonly port: number;
  readonly responsePort: number;
  /** Nanoseconds of the epoch. */
  readonly requestNs: bigint;
  readonly responseNs: bigint;
}

/** Whether a key of the truth means this printed key. */
export function means(known: readonly string[], printed: readonly string[]): boolean {
  return known.every((part, i) => part === ANY || part === printed[i]);
}
