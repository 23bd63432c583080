/**
 * Prints the table of `src/protocols/kafka/apis.ts` from Kafka's own message definitions, which lie in the kafka-clients
 * jar as `common/message/*.json`. Newer releases have dropped old versions, so several folders can be given, the newest
 * first; a version is taken from the first one that has it.
 *
 *     deno run --allow-read tests/protocols/kafka/definitions.ts NEWEST/common/message OLDER/common/message
 */
interface Field {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly taggedVersions?: string;
  readonly nullableVersions?: string;
  readonly entityType?: string;
  readonly fields?: readonly Field[];
}

interface Definition {
  readonly apiKey: number;
  readonly type: string;
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions?: string;
  readonly fields: readonly Field[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly Field[] }[];
}

/** A field of the table, and in which versions it is there. */
interface Node {
  readonly identity: string;
  readonly open: string;
  readonly close: string;
  readonly versions: Set<number>;
  children: Node[];
}

const WORDS: Readonly<Record<string, string>> = {
  bool: "i8",
  int8: "i8",
  int16: "i16",
  uint16: "i16",
  int32: "i32",
  int64: "i64",
  float64: "i64",
  uuid: "uuid",
  string: "str",
  bytes: "bytes",
  records: "bytes",
};

/** Structures whose topics are not what the request is about. */
const ASIDE = new Set(["ForgottenTopicsData", "Cursor"]);
/** Names of fields whose meaning stands in another field. */
const KEYED: Readonly<Record<string, string>> = {
  KeyType: "coordinatorType",
  Key: "key",
  CoordinatorKeys: "key",
  ResourceType: "resourceType",
  ResourceName: "key",
};
const KEYED_APIS = new Set([10, 32, 33, 44]);

function range(text: string | undefined): [number, number] {
  if (text === undefined || text === "none") return [Infinity, -1];
  const [from, to] = text.split("-");
  if (text.endsWith("+")) return [parseInt(text), Infinity];
  return [Number(from), Number(to ?? from)];
}

function holds(text: string | undefined, version: number): boolean {
  const [from, to] = range(text);
  return version >= from && version <= to;
}

/** Whether a response names a topic and its id together somewhere: then it teaches the name. */
function teaches(fields: readonly Field[], version: number): boolean {
  const present = fields.filter((field) => holds(field.versions, version));
  return present.some((field) => field.entityType === "topicName") && present.some((field) => field.name === "TopicId");
}

function scalarWord(definition: Definition, field: Field, siblings: readonly Field[], version: number, aside: boolean) {
  const type = field.type.replace("[]", "");
  const isRequest = definition.type === "request";
  if (isRequest && field.name in KEYED && KEYED_APIS.has(definition.apiKey)) {
    return field.name === "Key" && version === 0 ? "group" : KEYED[field.name];
  }
  if (isRequest && definition.apiKey === 0 && field.name === "Acks") return "acks";
  if (!isRequest && type === "int16" && field.name.endsWith("ErrorCode")) return "error";
  const isTopic = type === "string" && (field.entityType === "topicName" || field.name === "SubscribedTopicNames");
  const isTopicId = type === "uuid" && field.name === "TopicId";
  const highest = range(definition.validVersions)[1];
  if ((isTopic || isTopicId) && (isRequest ? !aside : teaches(siblings, highest))) return isTopic ? "topic" : "topicId";
  if (isRequest && type === "string" && (field.entityType === "groupId" || field.name === "GroupId")) return "group";
  if (isRequest && field.entityType === "transactionalId") return "txn";
  return WORDS[type];
}

/** The fields of one version. */
function layout(definition: Definition, fields: readonly Field[], version: number, aside: boolean): Node[] {
  const nodes: Node[] = [];
  for (const field of fields) {
    if (!holds(field.versions, version) || holds(field.taggedVersions, version)) continue;
    const type = field.type.replace("[]", "");
    const isArray = type !== field.type;
    const versions = new Set([version]);
    if (type in WORDS) {
      const word = scalarWord(definition, field, fields, version, aside) + (isArray ? "*" : "");
      nodes.push({ identity: `${field.name} ${word}`, open: word, close: "", versions, children: [] });
      continue;
    }
    const members = field.fields ?? definition.commonStructs?.find(({ name }) => name === type)?.fields ?? [];
    const open = isArray ? "[" : field.nullableVersions === undefined ? "{" : "?{";
    nodes.push({
      identity: `${field.name} ${open}`,
      open,
      close: isArray ? "]" : "}",
      versions,
      children: layout(definition, members, version, aside || ASIDE.has(field.name)),
    });
  }
  return nodes;
}

/** Joins the fields of another version into those known; both have them in the same order. */
function merge(known: Node[], more: readonly Node[]): Node[] {
  const merged: Node[] = [];
  let rest = known;
  for (const node of more) {
    const at = rest.findIndex(({ identity }) => identity === node.identity);
    if (at < 0) {
      // A field that only now appears may stand before or behind those that have gone: they are never in one version.
      merged.push(node);
      continue;
    }
    const found = rest[at];
    for (const version of node.versions) found.versions.add(version);
    found.children = merge(found.children, node.children);
    merged.push(...rest.slice(0, at + 1));
    rest = rest.slice(at + 1);
  }
  return [...merged, ...rest];
}

const WANTED = /^(topic|topicId|group|txn|acks|error|key|coordinatorType|resourceType)\b/;

function isWanted(node: Node): boolean {
  return WANTED.test(node.open) || node.children.some(isWanted);
}

function versionsText(versions: Set<number>, all: Set<number>, highest: number): string {
  if (versions.size === all.size) return "";
  const low = Math.min(...versions), high = Math.max(...versions);
  if (high - low + 1 !== versions.size) throw new Error(`versions with a hole: ${[...versions]}`);
  return high === highest ? `:${low}+` : low === high ? `:${low}` : `:${low}-${high}`;
}

function text(nodes: readonly Node[], all: Set<number>, highest: number): string {
  return nodes.map((node) => {
    const suffix = versionsText(node.versions, all, highest);
    if (node.close === "") return node.open + suffix;
    const inner = text(node.children, node.versions, highest);
    return suffix === "" ? `${node.open}${inner}${node.close}` : `${node.open}${suffix} ${inner}${node.close}`;
  }).join(" ");
}

function definitionsOf(folder: string): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".json")) continue;
    const json = Deno.readTextFileSync(`${folder}/${name}`).replace(/^\s*\/\/.*$/gm, "");
    const definition: Definition = JSON.parse(json);
    if (definition.validVersions === "none") continue;
    if (definition.type === "request" || definition.type === "response") {
      definitions.set(`${definition.apiKey} ${definition.type}`, definition);
    }
  }
  return definitions;
}

/** The text of one direction, and the highest version and the first flexible one. */
function direction(folders: readonly Map<string, Definition>[], key: string) {
  const definitions = folders.map((folder) => folder.get(key)).filter((found) => found !== undefined);
  const highest = Math.max(...definitions.map(({ validVersions }) => range(validVersions)[1]));
  const all = new Set<number>();
  let nodes: Node[] = [];
  for (let version = 0; version <= highest; version++) {
    const definition = definitions.find(({ validVersions }) => holds(validVersions, version));
    if (definition === undefined) continue;
    all.add(version);
    nodes = merge(nodes, layout(definition, definition.fields, version, false));
  }
  const last = nodes.findLastIndex(isWanted);
  const { name, flexibleVersions } = definitions[0];
  return {
    name: name.replace(/Request$|Response$/, ""),
    highest,
    flexible: range(flexibleVersions)[0],
    text: text(nodes.slice(0, last + 1), all, highest),
  };
}

/** The lines of one direction, broken between fields; none where nothing is wanted. */
function wrapped(mark: string, fields: string): string[] {
  if (fields === "") return [];
  const lines = [`  ${mark}`];
  for (const word of fields.split(" ")) {
    if (lines[lines.length - 1].length + word.length > 116) lines.push("   ");
    lines[lines.length - 1] += ` ${word}`;
  }
  return lines;
}

if (import.meta.main) {
  const folders = Deno.args.map(definitionsOf);
  const keys = new Set(folders.flatMap((folder) => [...folder.values()].map(({ apiKey }) => apiKey)));
  for (const key of [...keys].sort((a, b) => a - b)) {
    const request = direction(folders, `${key} request`), response = direction(folders, `${key} response`);
    const flexible = request.flexible === Infinity ? "-" : request.flexible;
    const lines = [...wrapped(">", request.text), ...wrapped("<", response.text)];
    console.log([`${key} ${request.name} ${request.highest} ${flexible}`, ...lines].join("\n"));
  }
}
