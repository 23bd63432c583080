/**
 * Where the fields of a message lie: the texts of `apis.ts`, compiled for one version into a program that the decoder
 * runs. A program is pairs of numbers, an instruction and its argument.
 * https://kafka.apache.org/protocol.html#protocol_types
 */

/** Pass over: so many bytes; a string; bytes; an array of elements of so many bytes; tagged fields. */
export const FIXED = 0, STRING = 1, BYTES = 2, FIXED_ARRAY = 3, TAGS = 4;
/** An array: the argument is where to go on behind it. Its next element, if any: the argument is where that begins. */
export const ARRAY = 5, NEXT = 6;
/** A structure or null: the argument is where to go on behind it. */
export const NULLABLE = 7;
/** Names that are kept, and the end of the fields that name one topic. */
export const GROUP = 8, TRANSACTION = 9, TOPIC = 10, TOPIC_ID = 11, TOPIC_END = 12;
/** A name whose kind stands in another field. */
export const KEY = 13, COORDINATOR_TYPE = 14, RESOURCE_TYPE = 15;
/** Numbers that are kept; the argument of an error is 1 where it is the whole response's. */
export const ACKS = 16, ERROR = 17;
export const END = 18;

export interface Program {
  readonly code: Int32Array;
  /** Whether lengths are compact (KIP-482). */
  readonly isFlexible: boolean;
  /** Whether a request of this kind says which topics or which group it is about. */
  readonly namesTopic: boolean;
  readonly namesGroup: boolean;
}

interface Node {
  /** A word, or the bracket that opens a structure. */
  readonly word: string;
  readonly isArray: boolean;
  readonly from: number;
  readonly to: number;
  readonly members: readonly Node[];
}

const FIXED_BYTES: Readonly<Record<string, number>> = { i8: 1, i16: 2, i32: 4, i64: 8, uuid: 16 };

const INSTRUCTIONS: Readonly<Record<string, number>> = {
  str: STRING,
  bytes: BYTES,
  group: GROUP,
  txn: TRANSACTION,
  topic: TOPIC,
  topicId: TOPIC_ID,
  key: KEY,
  coordinatorType: COORDINATOR_TYPE,
  resourceType: RESOURCE_TYPE,
  acks: ACKS,
  error: ERROR,
};

function parse(text: string): Node[] {
  const tokens = text.match(/(\?\{|[[{\]}]|\w+\*?)(:\d+(-\d+|\+)?)?/g) ?? [];
  let at = 0;
  function nodes(): Node[] {
    const found: Node[] = [];
    while (at < tokens.length) {
      const [token, versions = ""] = tokens[at++].split(":");
      if (token === "]" || token === "}") break;
      const [low, high] = versions.split(/[-+]/);
      const isStructure = token === "[" || token.endsWith("{");
      found.push({
        word: token.replace("*", ""),
        isArray: token === "[" || token.endsWith("*"),
        from: versions === "" ? 0 : Number(low),
        to: versions === "" || versions.endsWith("+") ? Infinity : Number(high ?? low),
        members: isStructure ? nodes() : [],
      });
    }
    return found;
  }
  return nodes();
}

/** Writes the program of one version. */
class Compiler {
  readonly code: number[] = [];
  namesTopic = false;
  namesGroup = false;
  /** Where somebody may leap to: nothing behind it is joined with what stands before it. */
  #border = 0;

  constructor(readonly version: number, readonly isFlexible: boolean, readonly isResponse: boolean) {}

  /** Top-level fields, up to the last one that is read. */
  message(nodes: readonly Node[]): void {
    const present = this.#present(nodes);
    const last = present.findLastIndex((node) => this.#isRead(node));
    this.#fields(present.slice(0, last + 1), 1);
    this.#add(END, 0);
  }

  #present(nodes: readonly Node[]): Node[] {
    const present = nodes.filter(({ from, to }) => this.version >= from && this.version <= to);
    // In a response only a topic's name and its id together are of use.
    if (!this.isResponse || present.some(({ word }) => word === "topicId")) return present;
    return present.map((node) => node.word === "topic" ? { ...node, word: "str" } : node);
  }

  #isRead(node: Node): boolean {
    return INSTRUCTIONS[node.word] >= GROUP || this.#present(node.members).some((member) => this.#isRead(member));
  }

  #fields(present: readonly Node[], isTopLevel: 0 | 1): void {
    const lastTopic = present.findLastIndex(({ word }) => word === "topic" || word === "topicId");
    for (const [i, node] of present.entries()) {
      this.#field(node, isTopLevel);
      if (i === lastTopic && !node.isArray) this.#add(TOPIC_END, 0);
    }
  }

  #field(node: Node, isTopLevel: 0 | 1): void {
    const { word, isArray } = node;
    if (word === "[") return this.#array(() => this.#structure(node.members));
    if (word === "{") return this.#structure(node.members);
    if (word === "?{") return this.#around(NULLABLE, () => this.#structure(node.members));
    if (!isArray) return this.#word(word, isTopLevel);
    if (word in FIXED_BYTES) return this.#add(FIXED_ARRAY, FIXED_BYTES[word]);
    this.#array(() => {
      this.#word(word, isTopLevel);
      if (word === "topic") this.#add(TOPIC_END, 0);
    });
  }

  #word(word: string, isTopLevel: 0 | 1): void {
    if (word in FIXED_BYTES) return this.#add(FIXED, FIXED_BYTES[word]);
    if (word === "topic" || word === "topicId" || word === "resourceType") this.namesTopic = true;
    if (word === "group" || word === "coordinatorType" || word === "resourceType") this.namesGroup = true;
    this.#add(INSTRUCTIONS[word], word === "error" ? isTopLevel : 0);
  }

  #structure(members: readonly Node[]): void {
    this.#fields(this.#present(members), 0);
    if (this.isFlexible) this.#add(TAGS, 0);
  }

  #array(element: () => void): void {
    this.#around(ARRAY, () => {
      const begin = this.#border = this.code.length;
      element();
      this.#add(NEXT, begin);
    });
  }

  /** An instruction that may leap over what follows it. */
  #around(instruction: number, body: () => void): void {
    this.#add(instruction, 0);
    const argument = this.code.length - 1;
    body();
    this.code[argument] = this.#border = this.code.length;
  }

  #add(instruction: number, argument: number): void {
    const { code } = this;
    const previous = code.length - 2;
    if (instruction === FIXED && previous >= this.#border && code[previous] === FIXED) code[previous + 1] += argument;
    else code.push(instruction, argument);
  }
}

/** An API: a kind of request and its response, in all versions. Programs are made when they are first asked for. */
export class Api {
  readonly #requests: Program[] = [];
  readonly #responses: Program[] = [];

  /**
   * @param highest the highest version known
   * @param firstFlexible the first flexible version; Infinity when there is none
   * @param request,response their fields in the language of `apis.ts`
   */
  constructor(
    readonly key: number,
    readonly name: string,
    readonly highest: number,
    readonly firstFlexible: number,
    readonly request: string,
    readonly response: string,
  ) {}

  /** How a request of this version is read. */
  requestOf(version: number): Program {
    return this.#requests[version] ??= this.#compile(this.request, version, false);
  }

  /** How a response of this version is read. */
  responseOf(version: number): Program {
    return this.#responses[version] ??= this.#compile(this.response, version, true);
  }

  #compile(text: string, version: number, isResponse: boolean): Program {
    const isFlexible = version >= this.firstFlexible;
    const compiler = new Compiler(version, isFlexible, isResponse);
    compiler.message(parse(text));
    const { namesTopic, namesGroup } = compiler;
    return { code: Int32Array.from(compiler.code), isFlexible, namesTopic, namesGroup };
  }
}
