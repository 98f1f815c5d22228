/** Errors of the storage room. Their codes are listed in docs/errors.md. */
import { PanottiError, type PanottiErrorDetails } from '../common/index.js';
import { placeOf, type Damage } from './stored.js';

/** A file in the data directory could not be used. */
export class StoredFileError extends PanottiError {
  constructor(path: string, what: 'read' | 'written', cause: unknown) {
    super({
      code: 'STORED_FILE_UNUSABLE',
      message: `The file ${path} could not be ${what}.`,
      fix: 'Check the permissions and the space of the data directory; a file that is damaged can be removed, and what it kept is forgotten.',
      cause,
    });
  }
}

/** A unit found something else than it expected, and did nothing. */
export class StoreConflictError extends PanottiError {
  /** @param subject the id that is taken, or the record whose version is another one */
  constructor(
    readonly kind: 'id' | 'version',
    readonly subject: string,
  ) {
    super({
      code: 'STORE_CONFLICT',
      message:
        kind === 'id'
          ? `The log has an entry with the id "${subject}" already.`
          : `The version of ${subject} is not the expected one.`,
      fix:
        kind === 'id'
          ? 'Nothing is to be done: the entry is stored.'
          : 'Read it again, and apply the change to what is there now.',
      contention: 'conflict',
    });
  }
}

/** A unit would have passed a limit of its own, and did nothing. */
export class StoreQuotaError extends PanottiError {
  constructor(table: string, scope: string, maxBytes: number) {
    super({
      code: 'STORE_QUOTA_EXCEEDED',
      message: `"${scope}" may keep ${maxBytes} bytes in ${table}, and would have had more.`,
      fix: 'Remove what is not needed any more, or raise the quota.',
    });
  }
}

/** The disk is full. Nothing of the unit happened, reading goes on, and the first unit that fits succeeds. */
export class StoreFullError extends PanottiError {
  constructor(cause: unknown, details: Partial<Pick<PanottiErrorDetails, 'message' | 'fix'>> = {}) {
    super({
      code: 'STORE_FULL',
      message: 'The store cannot grow: its disk is full.',
      fix: 'Make space; work goes on by itself.',
      cause,
      contention: 'room',
      ...details,
    });
  }
}

/** The disk is full where a store is to be opened, or the server to be started: nothing waits for space then. */
export class StoreFullAtStartError extends StoreFullError {
  /** @param path the file of the store; left out: the message does not name it */
  constructor(cause: unknown, path?: string) {
    super(cause, {
      message: `The store${path === undefined ? '' : ` ${path}`} cannot be used: its disk is full. The server does not start without it.`,
      fix: 'Free space on the disk of the data directory, leave the files of the store as they are, and start again.',
    });
  }
}

/** The disk did not take what was written. What it holds is known once the store is opened again. */
export class StoreFailedError extends PanottiError {
  constructor(cause: unknown, details: Pick<PanottiErrorDetails, 'code' | 'message' | 'fix'> = DISK_FAILED) {
    super({ ...details, cause });
  }
}

const DISK_FAILED = {
  code: 'STORE_FAILED',
  message: 'The disk did not take what was to be stored, and the store takes nothing more.',
  fix: 'Look for errors of the disk in the log of the operating system, then start the server again: it goes on from what is on the disk.',
} as const;

/** A file of the store was removed, replaced or cut while it was open. The store accepts nothing more. */
export class StoreTakenAwayError extends StoreFailedError {
  /** @param rescue what was done about it, and what is to be done next */
  constructor(path: string, what: string, rescue: { readonly done: string; readonly fix: string }, cause?: unknown) {
    super(cause, {
      code: 'STORE_TAKEN_AWAY',
      message: `The file ${path} ${what} while the server had it open, and the store takes nothing more. ${rescue.done}`,
      fix: rescue.fix,
    });
  }
}

/** The store has been closed. */
export class StoreClosedError extends PanottiError {
  constructor() {
    super({
      code: 'STORE_CLOSED',
      message: 'The store is closed.',
      fix: 'Store things before the server has stopped.',
    });
  }
}

/** A record is not as it was written. */
export class RecordDamagedError extends PanottiError {
  constructor(readonly damage: Damage) {
    super({
      code: 'RECORD_DAMAGED',
      message: `The store does not hold what was written: ${placeOf(damage)} (${damage.reason}).`,
      fix: 'Put a backup of the store back, or write the record again; check the disk.',
    });
  }
}

/** The holder of a store that this process has open itself: a second host in it, or an application that was not closed. */
export const THIS_PROCESS = 'this process';

/** Another process, or this one, has the store open. */
export class StoreLockedError extends PanottiError {
  /** @param holder in words; `THIS_PROCESS` for the own one */
  constructor(path: string, holder: string) {
    super({
      code: 'STORE_LOCKED',
      message: `The store ${path} is open in ${holder}.`,
      fix:
        holder === THIS_PROCESS
          ? 'Close the application that has it open, or give each application a data directory of its own: dataDirectory of PluginHostModule.forRoot, or PANOTTI_DATA_DIR.'
          : 'Stop that process, or name another data directory in PANOTTI_DATA_DIR.',
    });
  }
}

/** There is no store where one was to be looked at. None has been made. */
export class StoreMissingError extends PanottiError {
  constructor(path: string) {
    super({
      code: 'STORE_MISSING',
      message: `There is no store ${path}.`,
      fix: 'Name the data directory of the server in --data-dir or PANOTTI_DATA_DIR; a server makes its store when it starts for the first time.',
    });
  }
}

/** The store was written by a newer version. It has not been touched. */
export class StoreTooNewError extends PanottiError {
  constructor(path: string, found: number, known: number) {
    super({
      code: 'STORE_TOO_NEW',
      message: `The store ${path} has the format ${found}; this version of Panotti knows formats up to ${known}.`,
      fix: 'Install the version of Panotti that wrote it, or a newer one.',
    });
  }
}

/** The store cannot be opened as it is, and is left as it is. */
export class StoreDamagedError extends PanottiError {
  constructor(path: string, what: string, cause?: unknown) {
    super({
      code: 'STORE_DAMAGED',
      message: `The store ${path} ${what}.`,
      fix: 'Put a backup back, or run `panotti store repair`, which keeps the old files, saves what can be read and says what cannot.',
      cause,
    });
  }
}

/** Records are sealed with a key that is not among the given ones. Nothing has been written. */
export class StoreKeyMismatchError extends PanottiError {
  constructor(path: string, keyId: string) {
    super({
      code: 'STORE_KEY_MISMATCH',
      message: `The store ${path} is sealed with the key "${keyId}", which is not among the keys that were given.`,
      fix: 'Give that key in storage.encryption, as `key`, or among `previousKeys` beside the newer one where keys were changed.',
    });
  }
}
