/** Which commands name a collection in their value (https://www.mongodb.com/docs/manual/reference/command/). */

const NAMES = `aggregate analyzeShardKey applyOps bulkWrite cleanupOrphaned cloneCollectionAsCapped clusterAggregate
  clusterBulkWrite clusterCount clusterDelete clusterFind clusterGetMore clusterInsert clusterUpdate collMod
  collStats compact convertToCapped count create createIndexes createSearchIndexes dataSize dbHash delete distinct
  drop dropIndexes dropSearchIndex explain filemd5 find findAndModify getMore insert killCursors listIndexes
  listSearchIndexes mapReduce mergeChunks planCacheClear planCacheClearFilters planCacheListFilters
  planCacheSetFilter reIndex renameCollection splitChunk splitVector update updateSearchIndex validate
  _configsvrCollMod _configsvrRefineCollectionShardKey _configsvrReshardCollection _flushRoutingTableCacheUpdates
  _migrateClone _recvChunkStart _shardsvrCollMod _shardsvrCollModParticipant _shardsvrCommitReshardCollection
  _shardsvrConvertToCapped _shardsvrConvertToCappedParticipant _shardsvrCreateCollection
  _shardsvrCreateCollectionParticipant _shardsvrDropCollection
  _shardsvrDropCollectionIfUUIDNotMatchingWithWriteConcern _shardsvrDropCollectionParticipant _shardsvrDropIndexes
  _shardsvrRefineCollectionShardKey _shardsvrRenameCollection _shardsvrRenameCollectionParticipant
  _shardsvrReshardCollection _shardsvrValidateShardKeyCandidate`.split(
  /\s+/,
);
/** Servers take some commands in lower case too (`findandmodify`). */
const COLLECTION_COMMANDS: ReadonlySet<string> = new Set([...NAMES, ...NAMES.map((name) => name.toLowerCase())]);

/** Whether a command's value is the name of its collection. */
export function takesCollection(command: string): boolean {
  return COLLECTION_COMMANDS.has(command);
}
