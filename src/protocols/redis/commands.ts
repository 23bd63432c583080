/**
 * The commands that have subcommands, and those that change what follows on their connection.
 * Names after https://redis.io/docs/latest/commands/; any other command is simply its first word.
 */

export const ORDINARY = 0;
export const SUBSCRIBE = 1;
export const PSUBSCRIBE = 2;
export const SSUBSCRIBE = 3;
export const UNSUBSCRIBE = 4;
export const PUNSUBSCRIBE = 5;
export const SUNSUBSCRIBE = 6;
/** Besides the six above, what a subscribed RESP2 connection may send. */
export const PING = 7;
export const QUIT = 8;
export const RESET = 9;
export const HELLO = 10;
export const MONITOR = 11;
export const MULTI = 12;
export const EXEC = 13;
export const DISCARD = 14;
export const CLIENT = 15;
/** PSYNC or SYNC: what follows their reply is a replication stream. */
export const SYNC = 16;
export const REPLCONF = 17;
/** One of the numbers above. */
export type CommandKind = number;

export interface Command {
  readonly kind: CommandKind;
  /** How many of its words are looked at, its name included. */
  readonly words: number;
  /** The full name by subcommand: `INFO` gives `CLIENT INFO`. */
  readonly subcommands: ReadonlyMap<string, string>;
}

const CONTAINERS: Readonly<Record<string, string>> = {
  ACL: "CAT DELUSER DRYRUN GENPASS GETUSER HELP LIST LOAD LOG SAVE SETUSER USERS WHOAMI",
  CLIENT:
    "CACHING GETNAME GETREDIR HELP ID INFO KILL LIST MAINT_NOTIFICATIONS NO-EVICT NO-TOUCH PAUSE REPLY SETINFO SETNAME TRACKING " +
    "TRACKINGINFO UNBLOCK UNPAUSE",
  CLUSTER: "ADDSLOTS ADDSLOTSRANGE BUMPEPOCH COUNT-FAILURE-REPORTS COUNTKEYSINSLOT DELSLOTS DELSLOTSRANGE FAILOVER " +
    "FLUSHSLOTS FORGET GETKEYSINSLOT HELP INFO KEYSLOT LINKS MEET MIGRATION MYID MYSHARDID NODES REPLICAS REPLICATE " +
    "RESET SAVECONFIG SET-CONFIG-EPOCH SETSLOT SHARDS SLAVES SLOT-STATS SLOTS",
  COMMAND: "COUNT DOCS GETKEYS GETKEYSANDFLAGS HELP INFO LIST",
  CONFIG: "GET HELP RESETSTAT REWRITE SET",
  DEBUG: "OBJECT SEGFAULT",
  FUNCTION: "CREATE DELETE DUMP FLUSH HELP KILL LIST LOAD RESTORE STATS",
  LATENCY: "DOCTOR GRAPH HELP HISTOGRAM HISTORY LATEST RESET",
  MEMORY: "DOCTOR HELP MALLOC-STATS PURGE STATS USAGE",
  MODULE: "HELP LIST LOAD LOADEX UNLOAD",
  PUBSUB: "CHANNELS HELP NUMPAT NUMSUB SHARDCHANNELS SHARDNUMSUB",
  SCRIPT: "DEBUG EXISTS FLUSH HELP KILL LOAD SHOW",
  SENTINEL: "CKQUORUM CONFIG DEBUG FAILOVER FLUSHCONFIG GET-MASTER-ADDR-BY-NAME HELP INFO-CACHE " +
    "IS-MASTER-DOWN-BY-ADDR MASTER MASTERS MONITOR MYID PENDING-SCRIPTS REMOVE REPLICAS RESET SENTINELS SET " +
    "SIMULATE-FAILURE SLAVES",
  SLOWLOG: "GET HELP LEN RESET",
  XGROUP: "CREATE CREATECONSUMER DELCONSUMER DESTROY HELP SETID",
  XINFO: "CONSUMERS GROUPS HELP STREAM",
};

const KINDS: Readonly<Record<string, CommandKind>> = {
  SUBSCRIBE,
  PSUBSCRIBE,
  SSUBSCRIBE,
  UNSUBSCRIBE,
  PUNSUBSCRIBE,
  SUNSUBSCRIBE,
  PING,
  QUIT,
  RESET,
  HELLO,
  MONITOR,
  MULTI,
  EXEC,
  DISCARD,
  CLIENT,
  PSYNC: SYNC,
  SYNC,
  REPLCONF,
};

const none: ReadonlyMap<string, string> = new Map();

function entry(name: string): Command {
  const kind = KINDS[name] ?? ORDINARY;
  const names = CONTAINERS[name];
  const subcommands = names === undefined ? none : new Map(names.split(" ").map((sub) => [sub, `${name} ${sub}`]));
  const words = kind === CLIENT ? 3 : kind === REPLCONF || names !== undefined ? 2 : 1;
  return { kind, words, subcommands };
}

/** Every command that is more than its name, by name in capitals. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [...Object.keys(KINDS), ...Object.keys(CONTAINERS)].map((name) => [name, entry(name)]),
);

/** Whether a command subscribes or unsubscribes. */
export function isSubscription(kind: CommandKind): boolean {
  return kind >= SUBSCRIBE && kind <= SUNSUBSCRIBE;
}

/** Whether a RESP2 connection with subscriptions may send it. */
export function isForSubscribers(kind: CommandKind): boolean {
  return kind >= SUBSCRIBE && kind <= RESET;
}
