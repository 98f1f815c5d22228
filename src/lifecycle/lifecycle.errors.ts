/** Errors of the lifecycle room. Their codes are listed in docs/errors.md, tested in both directions. */
import { PanottiError } from '../common/index.js';

/** A duration as messages give it: `1.5 s`. */
export const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;

/** A plugin did not become ready in time. */
export class PluginStartTimeoutError extends PanottiError {
  /** @param details.waitingFor whose code it was waiting for, each with its time */
  constructor(plugin: string, details: { readonly timeoutMs: number; readonly waitingFor: string }) {
    super({
      code: 'PLUGIN_START_TIMEOUT',
      plugin,
      message:
        `Plugin "${plugin}" did not start within ${seconds(details.timeoutMs)}.\n` +
        `  It was waiting for its own code: ${details.waitingFor}. Its dependencies were ready.`,
      fix: `Await less there, or raise plugins.${plugin}.startTimeout in plugins.yaml.`,
    });
  }
}

/** The start was given up because the plugin is to stop. */
export class PluginStartCancelledError extends PanottiError {
  constructor(plugin: string) {
    super({
      code: 'PLUGIN_START_CANCELLED',
      plugin,
      message: `The start of plugin "${plugin}" was given up because it is to stop.`,
      fix: 'Nothing: this is what was asked for.',
    });
  }
}

/** A hook that runs at the end of a plugin's life threw or took too long. The stop goes on without it. */
export class PluginStopError extends PanottiError {
  constructor(plugin: string, what: string, cause?: unknown) {
    super({
      code: 'PLUGIN_STOP_FAILED',
      plugin,
      message: `Plugin "${plugin}" did not stop cleanly: ${what}.`,
      fix: `Release in onModuleDestroy without waiting for others, catch what can fail, or raise plugins.${plugin}.stopTimeout in plugins.yaml.`,
      cause,
    });
  }
}

/** `onConfigChange` of a plugin took too long. */
export class PluginConfigChangeError extends PanottiError {
  constructor(plugin: string, timeoutMs: number) {
    super({
      code: 'PLUGIN_CONFIG_CHANGE_TIMEOUT',
      plugin,
      message: `onConfigChange of plugin "${plugin}" took longer than ${seconds(timeoutMs)}.`,
      fix: `Await less there, raise plugins.${plugin}.startTimeout in plugins.yaml, or leave the method out to be restarted.`,
    });
  }
}

/** The configuration cannot be loaded again. */
export class ConfigurationReloadError extends PanottiError {
  constructor(reason: string, fix?: string) {
    super({
      code: 'CONFIGURATION_NOT_RELOADABLE',
      message: `The configuration cannot be reloaded: ${reason}.`,
      fix:
        fix ??
        'Give PluginHostModule.forRoot a configDirectory, change single plugins with reconfigure, or wait until the server is back.',
    });
  }
}

/** A plugin has asked for a reload that stops or restarts it: it cannot wait for the end of that. */
export class ReloadUnfinishedError extends PanottiError {
  constructor(plugins: readonly string[]) {
    super({
      code: 'RELOAD_UNFINISHED',
      message: `The reload of the configuration goes on. It stops or restarts a plugin that waits for it: ${plugins.join(', ')}.`,
      fix: 'Answer without waiting for the reload; the log says what came of it. Or ask for it from outside: SIGHUP, or the application.',
    });
  }
}

/** The plugins did not all stop within the time for the whole shutdown. The application closes without waiting for them any longer. */
export class ShutdownTimeoutError extends PanottiError {
  constructor(timeoutSeconds: number, plugins: readonly string[]) {
    super({
      code: 'SHUTDOWN_TIMEOUT',
      message: `The shutdown took longer than ${timeoutSeconds} s. These plugins had not stopped: ${plugins.join(', ')}.`,
      fix: 'Lower their stopTimeout or lifecycle.drainTimeout, or raise lifecycle.shutdownTimeout.',
    });
  }
}

/** One application imports the host more than once. */
export class PluginHostTwiceError extends PanottiError {
  constructor() {
    super({
      code: 'PLUGIN_HOST_TWICE',
      message:
        'The application imports two modules made by PluginHostModule.forRoot; there can be one host in an application.',
      fix: 'Call forRoot once, with the plugins of both, and import its result in the root module; it is global.',
    });
  }
}

/** The host has no plugin of this name. */
export class PluginNotFoundError extends PanottiError {
  constructor(plugin: string, known: readonly string[]) {
    super({
      code: 'PLUGIN_NOT_FOUND',
      plugin,
      message: `The host has no plugin "${plugin}".`,
      fix:
        known.length > 0
          ? `Known are: ${known.join(', ')}.`
          : 'No plugin was discovered: look at plugins.directories in panotti.yaml.',
    });
  }
}

/** A command on a plugin could not be carried out. */
export class PluginCommandError extends PanottiError {
  constructor(command: string, plugin: string, what: string, fix: string) {
    super({
      code: 'PLUGIN_COMMAND_REFUSED',
      plugin,
      message: `Plugin "${plugin}": ${command} was not carried out, because ${what}.`,
      fix,
    });
  }
}

/** A plugin that the configuration requires is not ready, and the server was started with `--strict`. */
export class RequiredPluginsDownError extends PanottiError {
  constructor(
    plugins: readonly { readonly name: string; readonly state: string; readonly reason: string | undefined }[],
  ) {
    super({
      code: 'REQUIRED_PLUGINS_DOWN',
      message: `Required plugins are not ready:\n${plugins.map(({ name, state, reason }) => `  - "${name}" is ${state}${reason ? `: ${reason.replaceAll('\n', '\n    ')}` : ''}`).join('\n')}`,
      fix: 'Fix what is named above, set required: false, or start without --strict.',
    });
  }
}
