/** Errors about what a plugin is, and those that an author may throw. Their codes are listed in docs/errors.md. */
import { PanottiError } from '../common/index.js';

/** One field of a manifest that is wrong. */
export interface ManifestProblem {
  /** As written in `@Plugin`: `requires.node`. */
  readonly field: string;
  readonly message: string;
}

/** The manifest in `@Plugin` is wrong. Thrown while the class is defined. */
export class PluginManifestError extends PanottiError {
  constructor(
    className: string,
    readonly problems: readonly ManifestProblem[],
  ) {
    super({
      code: 'PLUGIN_MANIFEST_INVALID',
      message: `@Plugin on class "${className}" is wrong:\n${problems.map(({ field, message }) => `  - ${field}: ${message}`).join('\n')}`,
      fix: `Correct the fields named above in the decorator of "${className}".`,
    });
  }
}

/**
 * Thrown by a plugin's `onModuleInit` when something it needs is not there yet: a database that still starts, a device that is
 * switched off. The host tries again with fresh instances after 1, 2, 4 … 80 s. Any other error is final.
 */
export class PluginNotReadyError extends PanottiError {
  /** Found by its code and not by its class, so that one from a second copy of this package counts as well. */
  static is(thrown: unknown): thrown is PluginNotReadyError {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'PLUGIN_NOT_READY';
  }

  /** @param message what is missing, for the operator who reads it in the plugin's state */
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super({
      code: 'PLUGIN_NOT_READY',
      message,
      fix: 'Nothing, if it comes by itself: the host tries again.',
      cause: options.cause,
    });
  }
}
