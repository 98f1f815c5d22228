/** The public API of the storage room. */
export { bootId } from './boot-id.js';
export { FaultPoints, NoFaultPoints, type FaultPoint } from './fault-points.port.js';
export { JsonFile } from './json-file.js';
export { MemoryStore } from './memory/memory-store.js';
export { RecordCodec, SealBrokenError, UNSEALED, type SealedBody } from './sealing/record-codec.port.js';
export { AesRecordCodec, type RecordKey, type RecordKeys } from './sealing/aes-record-codec.js';
export { ChecksumRecordCodec } from './sealing/checksum-record-codec.js';
export { recordCodecOf } from './sealing/record-keys.js';
export { repairStore, type RepairReport } from './sqlite/repair-store.js';
export { SqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.js';
export {
  RecordDamagedError,
  StoreClosedError,
  StoreConflictError,
  StoreDamagedError,
  StoredFileError,
  StoreFailedError,
  StoreFullAtStartError,
  StoreFullError,
  StoreKeyMismatchError,
  StoreLockedError,
  StoreMissingError,
  StoreQuotaError,
  StoreTakenAwayError,
  StoreTooNewError,
} from './storage.errors.js';
export { StorageModule } from './storage.module.js';
export { EncryptionOptions, StorageOptions } from './storage.options.js';
export { NoStoreObserver, StoreObserver, type CommittedGroup } from './store-observer.port.js';
export { StoreStatus } from './store-status.js';
export { Store } from './store.port.js';
export type { StoreUpkeep } from './upkeep/store-upkeep.port.js';
export { openExistingStore } from './sqlite/open-existing-store.js';
export {
  placeOf,
  type Damage,
  type DueQuery,
  type LogEntry,
  type LogPage,
  type LogQuery,
  type LogStatus,
  type RecordPage,
  type ResealStep,
  type ScanQuery,
  type ScopeTotals,
  type StoredCursor,
  type StoredRecord,
} from './stored.js';
export type { DeleteOperation, LimitOperation, PutOperation, Receipt, StoreOperation } from './unit.js';
