/**
 * Errors that reached nobody, rejections that nobody handled and exceptions that nobody caught, and what a plugin does to the process that all
 * share. Each is logged and counted for the plugin that it comes from. Whether the process goes on is not decided here.
 */
import { Injectable, Logger } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { messageOf, toError } from '../../common/index.js';
import { activeContext, runInContext } from '../context/active-context.js';
import { PluginFiles } from '../context/plugin-files.js';
import { RepeatedLines } from '../log/repeated-lines.js';

export type StrayErrorKind =
  | 'unhandled-rejection'
  | 'uncaught-exception'
  | 'process-exit'
  | 'process-signal'
  | 'listeners-removed'
  | 'working-directory'
  | 'exception-capture'
  | 'listener-leak'
  | 'warning';

/** Who wants to know of stray errors: the lifecycle counts them against the plugin. */
export interface StrayErrorPort {
  /** @param plugin `undefined` where the error is nobody's */
  strayError(plugin: string | undefined, kind: StrayErrorKind, error: Error): void;
}

const WHAT_HAPPENED: Readonly<Record<StrayErrorKind, string>> = {
  'unhandled-rejection': 'A promise was rejected and nobody handled it',
  'uncaught-exception': 'An exception was thrown and nobody caught it',
  'process-exit': 'The process was made to end, without stopping its plugins',
  'process-signal': 'The process was sent a signal from within',
  'listeners-removed': 'Listeners of the host were to be removed, and stay',
  'working-directory': 'The working directory was to be changed, and was not',
  'exception-capture': 'Uncaught exceptions were to be kept from the host, and are not',
  'listener-leak': 'Listeners are added again and again and never removed',
  warning: 'Node warns',
};

const LEVELS: Readonly<Record<StrayErrorKind, 'fatal' | 'error' | 'warn'>> = {
  'unhandled-rejection': 'error',
  'uncaught-exception': 'fatal',
  'process-exit': 'fatal',
  'process-signal': 'warn',
  'listeners-removed': 'error',
  'working-directory': 'error',
  'exception-capture': 'error',
  'listener-leak': 'warn',
  warning: 'warn',
};

@Injectable()
export class StrayErrors {
  readonly #logger = new Logger('StrayErrors');
  readonly #errors: Counter<'plugin' | 'kind'>;
  readonly #ports = new Set<StrayErrorPort>();

  constructor(
    registry: Registry,
    private readonly pluginFiles: PluginFiles,
    private readonly repeated: RepeatedLines,
  ) {
    this.#errors = new Counter({
      name: 'panotti_stray_errors_total',
      help: 'Errors that nobody handled, by the plugin that they come from; without one, they come from the host or are of unknown origin.',
      labelNames: ['plugin', 'kind'],
      registers: [registry],
    });
  }

  /** Each stray error from now on is told to the port; disposing ends that. */
  subscribe(port: StrayErrorPort): Disposable {
    this.#ports.add(port);
    return { [Symbol.dispose]: () => void this.#ports.delete(port) };
  }

  /** The plugin that an error comes from, by the async context and else by the stack. To be called like `report`. */
  pluginOf(thrown: unknown): string | undefined {
    return activeContext()?.plugin ?? this.pluginFiles.pluginOfStack(stackOf(thrown));
  }

  /**
   * Call it from inside the listener of the process, where the async context is still that of the code that failed.
   *
   * @param thrown whatever was thrown
   * @returns the name of the plugin that it comes from
   */
  report(kind: StrayErrorKind, thrown: unknown): string | undefined {
    const error = toError(thrown);
    const plugin = this.pluginOf(thrown);
    this.#errors.inc({ plugin: plugin ?? '', kind });
    const origin = plugin === undefined ? '' : ` in plugin "${plugin}"`;
    const what = `${WHAT_HAPPENED[kind]}${origin}: ${messageOf(error)}`;
    const inContext = (write: () => void): void => runInContext({ plugin }, write);
    this.repeated.write({
      group: `${kind} ${plugin ?? ''}`,
      kind: messageOf(error),
      write: () => inContext(() => this.#logger[LEVELS[kind]](what, error)),
      writeCount: (count) => inContext(() => this.#logger[LEVELS[kind]](`${what} (${count})`)),
    });
    for (const port of this.#ports) port.strayError(plugin, kind, error);
    return plugin;
  }
}

/** A stack made here would show the host, not the code that threw something without one. */
function stackOf(thrown: unknown): string {
  try {
    const stack: unknown = Error.isError(thrown) ? thrown.stack : undefined;
    return typeof stack === 'string' ? stack : '';
  } catch {
    // A plugin's own error may have a getter here that throws.
    return '';
  }
}
