/** Errors of the state room. Their codes are listed in docs/errors.md. */
import { PanottiError } from '../common/index.js';
import { CHANGE_BUFFER } from './change-feed.js';

/** A class in `state` or `stores` of a manifest, or its `@StateContract`, is wrong. Thrown while the class is defined. */
export class StateContractError extends PanottiError {
  constructor(className: string, problem: string) {
    super({
      code: 'STATE_CONTRACT_INVALID',
      message: `@StateContract of "${className}" is wrong: ${problem}.`,
      fix: 'Give a whole version from 1, and a function for each older version that has to be carried on: { version: 2, migrations: { 1: (old) => ({ … }) } }.',
    });
  }
}

/** What was to be stored breaks the decorators of its class, or is no JSON. Nothing was changed. */
export class StateInvalidError extends PanottiError {
  constructor(
    plugin: string,
    what: string,
    /** Each as `path: message`, sorted; no values. */
    readonly problems: readonly string[],
    cause?: unknown,
  ) {
    super({
      code: 'STATE_INVALID',
      message: `The ${what} of plugin "${plugin}" is wrong, and nothing was changed:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
      fix: 'Give values that satisfy the decorators of its class, or correct the class, with a new version and a migration where stored values differ.',
      plugin,
      cause,
    });
  }
}

/** Somebody else has changed it meanwhile. Nothing was changed. */
export class StateConflictError extends PanottiError {
  constructor(plugin: string, what: string, cause?: unknown) {
    super({
      code: 'STATE_CONFLICT',
      message: `The ${what} of plugin "${plugin}" has been changed by others meanwhile, or is being changed.`,
      fix: 'Read it again and try again; a durable handler is retried by itself. Change states and records in the same order everywhere.',
      plugin,
      cause,
      contention: 'conflict',
    });
  }
}

/** The plugin would have kept more than its quota. Nothing was changed. */
export class StateQuotaError extends PanottiError {
  constructor(plugin: string, quota: number, cause: unknown) {
    super({
      code: 'STATE_QUOTA_EXCEEDED',
      message: `Plugin "${plugin}" may keep ${quota} bytes, and would have had more.`,
      fix: 'Delete what is not needed any more, or raise `state.quota` in panotti.yaml.',
      plugin,
      cause,
    });
  }
}

/** What is stored could not be carried on to the version of the code. It is as it was. */
export class StateMigrationError extends PanottiError {
  constructor(
    plugin: string,
    what: string,
    versions: { readonly from: number; readonly to: number },
    problem: string,
    cause?: unknown,
  ) {
    super({
      code: 'STATE_MIGRATION_FAILED',
      message: `The ${what} of plugin "${plugin}" could not be carried on from version ${versions.from} to ${versions.to}: ${problem}. It is as it was.`,
      fix: 'Correct the migrations in its @StateContract and restart the plugin.',
      plugin,
      cause,
    });
  }
}

/** What is stored was written by a newer version of the plugin. It has not been touched. */
export class StateTooNewError extends PanottiError {
  constructor(plugin: string, what: string, found: number, known: number) {
    super({
      code: 'STATE_TOO_NEW',
      message: `The ${what} of plugin "${plugin}" has version ${found}; its code knows versions up to ${known}. It has not been touched.`,
      fix: 'Install the version of the plugin that wrote it, or a newer one.',
      plugin,
    });
  }
}

/** A reader of `changes()` was too slow, and has missed some. It has read everything up to there. */
export class StateChangesMissedError extends PanottiError {
  constructor(plugin: string, what: string) {
    super({
      code: 'STATE_CHANGES_MISSED',
      message: `A reader of changes() of the ${what} of plugin "${plugin}" was too slow: more than ${CHANGE_BUFFER} changes waited for it, and later ones are missing.`,
      fix: 'Call changes() again, then read what is there now; do less for each change, or hand changes on to a queue of your own.',
      plugin,
    });
  }
}

/** A plugin that has stopped wanted to change what it remembers. */
export class StateClosedError extends PanottiError {
  constructor(plugin: string) {
    super({
      code: 'STATE_CLOSED',
      message: `Plugin "${plugin}" has stopped, and changes nothing any more of what it remembers.`,
      fix: 'Await what changes the state before the destroy hooks of the plugin have ended.',
      plugin,
    });
  }
}
