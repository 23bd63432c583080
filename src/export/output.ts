/** The contract between those who make lines and where the lines go. */

export interface LineOutput {
  /** Takes whole lines. The bytes are borrowed until the call returns. Never throws: what cannot be kept is counted. */
  write(bytes: Uint8Array, lines: number): void;
  /** Resolves when more may be written without anything piling up; who must not wait (a live capture) does not ask. */
  ready(): Promise<void>;
  /** Resolves when everything that was given has left, or cannot leave any more. */
  drained(): Promise<void>;
  /** Gives back what the operating system holds; what has not left by now is lost. */
  close(): void;
  /** Lines that were given and did not arrive, though somebody wanted them. */
  readonly lostLines: number;
  /** True once nobody reads any more: nothing written from now on matters. */
  readonly closed: boolean;
}
