/** Errors about what plugins and explorers may not do. Their codes are listed in docs/errors.md, tested in both directions. */
import { PanottiError } from '../common/index.js';

/** Something in the code of a plugin that Nest would ignore without a word. */
export interface UnsupportedFind {
  /** `APP_GUARD`, `@Cron`. */
  readonly what: string;
  /** The class, with the method where there is one: `Reports.daily`. */
  readonly where: string;
  /** Why it would have no effect. Part of a sentence. */
  readonly reason: string;
  /** What to do instead. Part of a sentence. */
  readonly alternative: string;
}

/** A plugin uses what has no effect in modules that are loaded while the application runs. Lists everything of the plugin. */
export class PluginUnsupportedError extends PanottiError {
  readonly finds: readonly UnsupportedFind[];

  constructor(plugin: string, finds: readonly UnsupportedFind[], cause?: unknown) {
    const summary = finds.map(({ what, where }) => `${what} (${where})`).join(', ');
    const lines = finds.map(
      ({ what, where, reason, alternative }) => `  - ${what} (${where}): ${reason}. Instead: ${alternative}.`,
    );
    super({
      code: 'PLUGIN_UNSUPPORTED',
      plugin,
      message: `Plugin "${plugin}" uses what has no effect in a plugin: ${summary}.\n${lines.join('\n')}`,
      fix: 'Do for each line what it says at its end.',
      cause,
    });
    this.finds = finds;
  }
}

/** An explorer needs a package that is not installed. */
export class ExplorerPackageMissingError extends PanottiError {
  constructor(details: {
    readonly plugin: string;
    readonly neededBy: string;
    readonly missing: string;
    readonly cause: unknown;
  }) {
    const { plugin, neededBy, missing, cause } = details;
    super({
      code: 'EXPLORER_PACKAGE_MISSING',
      plugin,
      message: `Plugin "${plugin}" uses ${neededBy}, which needs the package ${missing}, and the host cannot load that.`,
      fix: `Run \`npm install ${missing}\` where the host is installed; in the folder of the plugin alone it is not found.`,
      cause,
    });
  }
}

/** The options of a `@Cron`, `@Interval` or `@Timeout` cannot be followed. */
export class PluginScheduleError extends PanottiError {
  constructor(plugin: string, job: string, problem: string, cause?: unknown) {
    super({
      code: 'PLUGIN_SCHEDULE_INVALID',
      plugin,
      message: `Plugin "${plugin}" cannot schedule ${job}: ${problem}.`,
      fix: 'Correct the arguments of the decorator.',
      cause,
    });
  }
}
