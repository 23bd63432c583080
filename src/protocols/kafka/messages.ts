/**
 * What Kafka's messages are made of, and the ceilings on them.
 * https://kafka.apache.org/protocol.html
 */
import type { Api } from "./layout.ts";

/** Longest message that is taken for one without further proof: the default of `socket.request.max.bytes`. */
export const MESSAGE_BYTES = 100 * 1024 * 1024;
/** Longest name (client, group, transaction, topic) that is kept; Kafka's own limit for topics is 249. */
export const NAME_BYTES = 1024;
/** Different topics of one request that are kept. */
export const TOPICS = 256;
/** Bytes of names that are kept for the requests of one connection that wait. */
export const WAITING_NAME_BYTES = 4 * 1024 * 1024;
/** Topic ids whose names are remembered, for all connections together. */
export const TOPIC_IDS = 65536;
/** Longest SASL token without a header; brokers take 512 KB (`sasl.server.max.receive.size`). */
export const TOKEN_BYTES = 1024 * 1024;
/** How much newer than the newest version known a request may be. */
export const NEWER_VERSIONS = 16;

/** What stands where a name, or the error, is not known. */
export const UNKNOWN = "<unknown>";
/** The error code of a response that could not be read to its end; Kafka's own are above -2. */
export const UNKNOWN_ERROR = -32768;

/** Keys and versions that the protocol makes an exception for. */
export const PRODUCE = 0, CONTROLLED_SHUTDOWN = 7, SASL_HANDSHAKE = 17, API_VERSIONS = 18;

const NO_TOPICS: readonly string[] = [];

/** What Kafka keeps of a round trip. */
export class KafkaDetail {
  groupId = "";
  transactionalId = "";
  /** The first topic that the request names, and the others in their order. Empty when it names none. */
  topic = "";
  otherTopics: readonly string[] = NO_TOPICS;
  /** Of a Produce: 0 when it asks for no response. */
  acks = -1;
  /** The response's own error code or, where that is 0, the first other one in it. */
  errorCode = 0;
  /** Bytes of the names above. */
  nameBytes = 0;

  /** @param clientId empty for null */
  constructor(
    readonly api: Api,
    readonly version: number,
    readonly correlationId: number,
    readonly clientId: string,
  ) {}

  /** Adds a topic, once; false when there are too many of them. */
  addTopic(name: string): boolean {
    if (this.topic === "") this.topic = name;
    if (name === this.topic || name === "" || this.otherTopics.includes(name)) return true;
    if (this.otherTopics.length + 1 >= TOPICS) return false;
    if (this.otherTopics === NO_TOPICS) this.otherTopics = [name];
    else (this.otherTopics as string[]).push(name);
    return true;
  }
}
