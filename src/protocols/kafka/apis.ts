/**
 * The versions of Kafka's messages as a table: what of each request and response is read, and what lies before it.
 *
 * Two or three lines an API. The first has its key, its name, the highest version known and the first flexible one (`-`
 * for none). `>` are the fields of the request and `<` those of the response, in the order of the wire up to the last
 * one that is read:
 *
 *     i8 i16 i32 i64 uuid str bytes   passed over
 *     topic topicId group txn         what a request is about; in a response, topic and topicId teach each other's name
 *     acks error                      acknowledgements that a Produce asks for; error codes, top level and below
 *     key                             a group, transaction or topic, as coordinatorType or resourceType tells
 *     word*  [ ... ]  { ... }  ?{ }   arrays of words and of structures, a structure, a structure or null
 *     :3  :3+  :0-4                   only in these versions; inside of brackets, for the whole of them
 *
 * Lengths are compact, and every structure ends with tagged fields, in flexible versions (KIP-482); nothing else of the
 * layout depends on that. Made by `tests/protocols/kafka/definitions.ts` from the message definitions of Kafka 4.3.1,
 * and of 3.9.2 for the versions that 4.0 removed.
 * https://kafka.apache.org/protocol.html#protocol_messages
 */
import { Api } from "./layout.ts";

const TABLE = `
0 Produce 13 9
  > txn:3+ acks i32 [topicId:13+ topic:0-12 [i32 bytes]]
  < [uuid:13+ str:0-12 [i32 error i64 i64:2+ i64:5+ [:8+ i32 str] str:8+]]
1 Fetch 18 12
  > i32:0-14 i32 i32 i32:3+ i8:4+ i32:7+ i32:7+ [topicId:13+ topic:0-12 [i32 i32:9+ i64 i32:12+ i64:5+ i32]]
  < i32:1+ error:7+ i32:7+ [uuid:13+ str:0-12 [i32 error i64 i64:4+ i64:5+ [:4+ i64 i64] i32:11+ bytes]]
2 ListOffsets 11 6
  > i32 i8:2+ [topic [i32 i32:4+ i64 i32:0]]
  < i32:2+ [str [i32 error i64:1+ i64:1+ i32:4+ i64*:0]]
3 Metadata 13 9
  > [topicId:10+ topic]
  < i32:3+ [i32 str i32 str:1+] str:2+ i32:1+ [error topic topicId:10+ i8:1+ [error i32 i32 i32:7+ i32* i32* i32*:5+]
    i32:8+] error:13+
4 LeaderAndIsr 7 4
  > i32 i8:7+ i32 i64:2+ i8:5+ [:2+ topic topicId:5+ [i32 i32 i32 i32 i32* i32 i32* i32*:3+ i32*:3+ i8 i8:6+]] [:0-1
    topic i32 i32 i32 i32 i32* i32 i32* i8:1]
  < error [:5+ uuid [i32 error]] [:0-4 str i32 error]
5 StopReplica 4 2
  > i32 i8:4+ i32 i64:1+ [:3+ topic [i32 i32 i8]] i8:0-2 [:1-2 topic i32*] [:0 topic i32]
  < error [str i32 error]
6 UpdateMetadata 8 6
  > i32 i8:8+ i32 i64:5+ [:5+ topic topicId:7+ [i32 i32 i32 i32 i32* i32 i32* i32*]] [:0-4 topic i32 i32 i32 i32 i32*
    i32 i32* i32*:4]
  < error
7 ControlledShutdown 3 3
  < error
8 OffsetCommit 10 8
  > group i32:1+ str:1+ str:7+ i64:2-4 [topicId:10+ topic:0-9 [i32 i64 i32:6+ i64:1 str]]
  < i32:3+ [uuid:10+ str:0-9 [i32 error]]
9 OffsetFetch 10 6
  > [:8+ group str:9+ i32:9+ [topicId:10+ topic:8-9 i32*]] group:0-7 [:0-7 topic i32*]
  < i32:3+ [:8+ str [uuid:10+ str:8-9 [i32 i64 i32 str error]] error] [:0-7 str [i32 i64 i32:5-7 str error]]
    error:2-7
10 FindCoordinator 6 3
  > key:1-3 coordinatorType:1+ key*:4+ group:0
  < i32:1+ [:4+ str i32 str i32 error str] error:0-3
11 JoinGroup 9 6
  > group
  < i32:2+ error
12 Heartbeat 4 4
  > group
  < i32:1+ error
13 LeaveGroup 5 4
  > group
  < i32:1+ error [:3+ str str error]
14 SyncGroup 5 4
  > group
  < i32:1+ error
15 DescribeGroups 6 5
  > group*
  < i32:1+ [error str:6+ str str str str [str str:4+ str str bytes bytes] i32:3+]
16 ListGroups 5 3
  < i32:1+ error
17 SaslHandshake 1 -
  < error
18 ApiVersions 4 3
  < error
19 CreateTopics 7 5
  > [topic i32 i16 [i32 i32*] [str str]]
  < i32:2+ [topic topicId:7+ error str:1+ i32:5+ i16:5+ [:5+ str str i8 i8 i8]]
20 DeleteTopics 6 4
  > [:6+ topic topicId] topic*:0-5
  < i32:1+ [topic topicId:6+ error str:5+]
21 DeleteRecords 2 2
  > [topic [i32 i64]]
  < i32 [str [i32 i64 error]]
22 InitProducerId 6 2
  > txn
  < i32 error
23 OffsetForLeaderEpoch 4 4
  > i32:3+ [topic [i32 i32:2+ i32]]
  < i32:2+ [str [error i32 i32:1+ i64]]
24 AddPartitionsToTxn 5 3
  > [:4+ txn i64 i16 i8 [topic i32*]] txn:0-3 i64:0-3 i16:0-3 [:0-3 topic i32*]
  < i32 error:4+ [:4+ str [str [i32 error]]] [:0-3 str [i32 error]]
25 AddOffsetsToTxn 4 3
  > txn i64 i16 group
  < i32 error
26 EndTxn 5 3
  > txn
  < i32 error
27 WriteTxnMarkers 2 1
  > [i64 i16 i8 [topic i32*] i32 i8:2+]
  < [i64 [str [i32 error]]]
28 TxnOffsetCommit 5 3
  > txn group i64 i16 i32:3+ str:3+ str:3+ [topic [i32 i64 i32:2+ str]]
  < i32 [str [i32 error]]
29 DescribeAcls 3 2
  < i32 error
30 CreateAcls 3 2
  < i32 [error str]
31 DeleteAcls 3 2
  < i32 [error str [error str i8 str i8:1+ str str i8 i8]]
32 DescribeConfigs 4 4
  > [resourceType key str*]
  < i32 [error str i8 str [str str i8 i8:1+ i8:0 i8 [:1+ str str i8] i8:3+ str:3+]]
33 AlterConfigs 2 2
  > [resourceType key [str str]]
  < i32 [error str i8 str]
34 AlterReplicaLogDirs 2 2
  > [str [topic i32*]]
  < i32 [str [i32 error]]
35 DescribeLogDirs 5 2
  > [topic i32*]
  < i32 error:3+ [error str [str [i32 i64 i64 i8]] i64:4+ i64:4+ i8:5+]
36 SaslAuthenticate 2 2
  < error
37 CreatePartitions 3 2
  > [topic i32 [i32*]]
  < i32 [str error str]
38 CreateDelegationToken 3 2
  < error
39 RenewDelegationToken 2 2
  < error
40 ExpireDelegationToken 2 2
  < error
41 DescribeDelegationToken 3 2
  < error
42 DeleteGroups 2 2
  > group*
  < i32 [str error]
43 ElectLeaders 2 2
  > i8:1+ [topic i32*]
  < i32 error:1+ [str [i32 error str]]
44 IncrementalAlterConfigs 1 1
  > [resourceType key [str i8 str]]
  < i32 [error str i8 str]
45 AlterPartitionReassignments 1 0
  > i32 i8:1+ [topic [i32 i32*]]
  < i32 i8:1+ error str [str [i32 error str]]
46 ListPartitionReassignments 0 0
  > i32 [topic i32*]
  < i32 error
47 OffsetDelete 0 -
  > group [topic [i32]]
  < error i32 [str [i32 error]]
48 DescribeClientQuotas 1 1
  < i32 error
49 AlterClientQuotas 1 1
  < i32 [error str [str str]]
50 DescribeUserScramCredentials 0 0
  < i32 error str [str error str [i8 i32]]
51 AlterUserScramCredentials 0 0
  < i32 [str error str]
52 Vote 2 0
  > str i32:1+ [topic [i32 i32 i32 uuid:1+ uuid:1+ i32 i64 i8:2+]]
  < error [str [i32 error i32 i32 i8]]
53 BeginQuorumEpoch 1 1
  > str i32:1+ [topic [i32 uuid:1+ i32 i32]]
  < error [str [i32 error i32 i32]]
54 EndQuorumEpoch 1 1
  > str [topic [i32 i32 i32 [:1+ i32 uuid] i32*:0]]
  < error [str [i32 error i32 i32]]
55 DescribeQuorum 2 0
  > [topic [i32]]
  < error str:2+ [str [i32 error str:2+ i32 i32 i64 [i32 uuid:2+ i64 i64:1+ i64:1+] [i32 uuid:2+ i64 i64:1+ i64:1+]]]
56 AlterPartition 3 0
  > i32 i64 [topicId:2+ topic:0-1 [i32 i32 [:3+ i32 i64] i32*:0-2 i8:1+ i32]]
  < i32 error [uuid:2+ str:0-1 [i32 error i32 i32 i32* i8:1+ i32]]
57 UpdateFeatures 2 0
  < i32 error str [:0-1 str error str]
58 Envelope 0 0
  < bytes error
59 FetchSnapshot 1 0
  > i32 i32 [topic [i32 i32 {i64 i32} i64]]
  < i32 error [str [i32 error {i64 i32} i64 i64 bytes]]
60 DescribeCluster 2 0
  < i32 error
61 DescribeProducers 0 0
  > [topic i32*]
  < i32 [str [i32 error str [i64 i32 i32 i64 i32 i64]]]
62 BrokerRegistration 4 0
  < i32 error
63 BrokerHeartbeat 2 0
  < i32 error
64 UnregisterBroker 0 0
  < i32 error
65 DescribeTransactions 0 0
  > txn*
  < i32 [error str str i32 i64 i64 i16 [str i32*]]
66 ListTransactions 2 0
  < i32 error
67 AllocateProducerIds 0 0
  < i32 error
68 ConsumerGroupHeartbeat 1 0
  > group str i32 str str i32 topic* str:1+ str [topicId i32*]
  < i32 error
69 ConsumerGroupDescribe 1 0
  > group*
  < i32 [error str str str i32 i32 str [str str str i32 str str str* str {[topicId topic i32*]} {[topicId topic
    i32*]} i8:1+] i32]
70 ControllerRegistration 0 0
  < i32 error
71 GetTelemetrySubscriptions 0 0
  < i32 error
72 PushTelemetry 0 0
  < i32 error
73 AssignReplicasToDirs 0 0
  > i32 i64 [uuid [topicId [i32]]]
  < i32 error [uuid [uuid [i32 error]]]
74 ListConfigResources 1 0
  < i32 error
75 DescribeTopicPartitions 0 0
  > [topic]
  < i32 [error topic topicId i8 [error i32 i32 i32 i32* i32* i32* i32* i32*] i32]
76 ShareGroupHeartbeat 1 0
  > group str i32 str topic*
  < i32 error
77 ShareGroupDescribe 1 0
  > group*
  < i32 [error str str str i32 i32 str [str str i32 str str str* {[topicId topic i32*]}] i32]
78 ShareFetch 2 0
  > group str i32 i32 i32 i32 i32:1+ i32:1+ i8:2+ i8:2+ [topicId [i32 i32:0 [i64 i64 i8*]]]
  < i32 error str i32:1+ [uuid [i32 error str error str {i32 i32} bytes [i64 i64 i16]]]
79 ShareAcknowledge 2 0
  > group str i32 i8:2+ [topicId [i32 [i64 i64 i8*]]]
  < i32 error str i32:2+ [uuid [i32 error str {i32 i32}]]
80 AddRaftVoter 1 0
  < i32 error
81 RemoveRaftVoter 0 0
  < i32 error
82 UpdateRaftVoter 0 0
  < i32 error
83 InitializeShareGroupState 0 0
  > group [topicId [i32 i32 i64]]
  < [uuid [i32 error str]]
84 ReadShareGroupState 0 0
  > group [topicId [i32 i32]]
  < [uuid [i32 error str i32 i64 [i64 i64 i8 i16]]]
85 WriteShareGroupState 1 0
  > group [topicId [i32 i32 i32 i64 i32:1+ [i64 i64 i8 i16]]]
  < [uuid [i32 error str]]
86 DeleteShareGroupState 0 0
  > group [topicId [i32]]
  < [uuid [i32 error str]]
87 ReadShareGroupStateSummary 1 0
  > group [topicId [i32 i32]]
  < [uuid [i32 error str i32 i32 i64 i32:1+]]
88 StreamsGroupHeartbeat 0 0
  > group str i32 i32 str str i32 ?{i32 [str topic* str* [topic i32 i16 [str str]] topic* [topic i32 i16 [str str]]
    [i16* i16* i16*]]}
  < i32 error
89 StreamsGroupDescribe 0 0
  > group*
  < i32 [error str str str i32 i32 ?{i32 [str str* str* [str i32 i16 [str str]] [str i32 i16 [str str]]]} [str i32
    str str str str i32 str ?{str i16} [str str] [str i32 i64] [str i32 i64] {[str i32*] [str i32*] [str i32*]} {[str
    i32*] [str i32*] [str i32*]} i8] i32]
90 DescribeShareGroupOffsets 1 0
  > [group [topic i32*]]
  < i32 [str [topic topicId [i32 i64 i32 i64:1+ error str]] error str]
91 AlterShareGroupOffsets 0 0
  > group [topic [i32 i64]]
  < i32 error str [topic topicId [i32 error str]]
92 DeleteShareGroupOffsets 0 0
  > group [topic]
  < i32 error str [topic topicId error str]
`;

/** The APIs by key; undefined for keys that are not known. */
export const apis: readonly (Api | undefined)[] = readTable(TABLE);

function readTable(table: string): (Api | undefined)[] {
  const found: (Api | undefined)[] = [];
  for (const row of table.trim().split(/\n(?=\d)/)) {
    const [, key, name, highest, flexible, rest] = /^(\d+) (\w+) (\d+) (\d+|-)([^]*)$/.exec(row)!;
    const [, request, response] = /^([^<]*)<?([^]*)$/.exec(rest)!;
    const firstFlexible = flexible === "-" ? Infinity : Number(flexible);
    found[Number(key)] = new Api(Number(key), name, Number(highest), firstFlexible, request.replace(">", ""), response);
  }
  return found;
}
