/** The exit code for each error. */
import { PanottiError } from '../common/index.js';
import {
  ConfigurationError,
  ConfigurationKeyError,
  FileNotWrittenError,
  SectionNotAddedError,
} from '../config/index.js';
import { PluginCatalogError } from '../host/index.js';
import { StoreDamagedError, StoredFileError, StoreKeyMismatchError, StoreLockedError } from '../storage/index.js';
import { ExitCode } from './command/exit-code.js';

type ErrorClass = abstract new (...args: never[]) => Error;

const WRONG_CONFIGURATION = [
  ConfigurationError,
  ConfigurationKeyError,
  PluginCatalogError,
  SectionNotAddedError,
  StoreKeyMismatchError,
];
const INPUT_OUTPUT = [FileNotWrittenError, StoredFileError, StoreDamagedError];

/** By code, since the error may be the answer of a running server, which has lost its class. */
const BY_CODE: Readonly<Record<string, ExitCode>> = {
  EVENT_NOT_FOUND: ExitCode.usage,
  DEAD_LETTER_NOT_FOUND: ExitCode.usage,
  EVENT_NOT_PARKED: ExitCode.usage,
  SUBSCRIPTION_UNKNOWN: ExitCode.usage,
  DATA_DIRECTORY_NOT_WRITABLE: ExitCode.inputOutput,
  DATA_DIRECTORY_UNUSABLE: ExitCode.inputOutput,
  SUBSCRIPTIONS_IN_USE: ExitCode.storeLocked,
  STORE_MISSING: ExitCode.inputOutput,
  STORE_DAMAGED: ExitCode.inputOutput,
  STORE_FULL: ExitCode.inputOutput,
  STORE_FAILED: ExitCode.inputOutput,
  STORE_CLOSED: ExitCode.inputOutput,
  RECORD_DAMAGED: ExitCode.inputOutput,
  CONTROL_BROKEN: ExitCode.inputOutput,
  CONTROL_UNREACHABLE: ExitCode.storeLocked,
};

export function exitCodeOf(error: unknown): ExitCode {
  const isOneOf = (kinds: readonly ErrorClass[]): boolean => kinds.some((kind) => error instanceof kind);
  if (error instanceof PanottiError && Object.hasOwn(BY_CODE, error.code))
    return BY_CODE[error.code] ?? ExitCode.software;
  if (isOneOf(WRONG_CONFIGURATION)) return ExitCode.configuration;
  if (error instanceof StoreLockedError) return ExitCode.storeLocked;
  return isOneOf(INPUT_OUTPUT) ? ExitCode.inputOutput : ExitCode.software;
}
