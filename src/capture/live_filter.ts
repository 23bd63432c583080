/** What a live source lets through, compiled for the kind of device that it captures on. */
import { compileFilter, NativeError } from "../../ffi/mod.ts";
import type { Rule } from "../core/rule.ts";
import { behindTags, conjoin } from "./bpf_link.ts";
import { UsageError } from "./errors.ts";
import { filterText, type TransportsOf, tunnelText } from "./filter.ts";

/**
 * The most bytes of a packet that are captured: no packet is longer, so every one is whole. Cutting bodies off would cut
 * off the heads behind them in the same segment too.
 */
export const SNAP_LENGTH = 262144;

/** Compiles one expression; throws a NativeError of kind `filter`. */
export type Compile = (expression: string) => Uint8Array<ArrayBuffer>;

export class LiveFilter {
  readonly #rules: readonly Rule[];
  readonly #transportsOf: TransportsOf;
  readonly #ipVersion: "" | "v4" | "v6";
  readonly #extra: string;
  readonly #tunnels: boolean;

  /**
   * @param ipVersion empty for both
   * @param extra an expression of the user that must hold as well; empty for none
   * @param tunnels whether packets that carry other packets pass, whatever is in them
   * @throws UsageError for a rule that cannot be turned into a filter
   */
  constructor(
    rules: readonly Rule[],
    transportsOf: TransportsOf,
    ipVersion: "" | "v4" | "v6" = "",
    extra: string = "",
    tunnels: boolean = true,
  ) {
    this.#rules = rules;
    this.#transportsOf = transportsOf;
    this.#ipVersion = ipVersion;
    this.#extra = extra;
    this.#tunnels = tunnels;
    this.text(); // for what it throws
  }

  /** The text made from the rules; empty for everything. */
  text(): string {
    return filterText(this.#rules, this.#transportsOf, this.#ipVersion);
  }

  /**
   * The program for a device, and the one to take when the kernel refuses it as too long: that lets everything through
   * which the user's own expression lets through.
   *
   * @param isEthernet whether frames may carry VLAN tags
   * @param compileExtra compiles the user's expression, which may use words that only a live handle knows
   * @throws UsageError with libpcap's message
   */
  programs(
    isEthernet: boolean,
    compileGenerated: Compile,
    compileExtra: Compile,
  ): [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] {
    const text = this.text();
    const withTunnels = text === "" || !this.#tunnels ? text : `(${text}) or ${tunnelText(isEthernet)}`;
    const untagged = explained(text, () => compileGenerated(withTunnels));
    const generated = isEthernet ? behindTags(untagged) : untagged;
    const extra = explained(this.#extra, compileExtra);
    return [this.#extra === "" ? generated : conjoin(generated, extra), extra];
  }
}

/** A compiler for packets of a link type. */
export function compilerFor(linkType: number): Compile {
  return (expression) => compileFilter(expression, linkType, SNAP_LENGTH);
}

/** Compiles; what libpcap refuses becomes an error that shows the user's part of the expression. */
export function explained(expression: string, compile: Compile, where = ""): Uint8Array<ArrayBuffer> {
  try {
    return compile(expression);
  } catch (error) {
    if (!(error instanceof NativeError) || error.kind !== "filter") throw error;
    throw new UsageError(`the filter '${expression}' cannot be used${where}: ${error.message}`);
  }
}
