/**
 * Loads the configuration anew while the server runs. Everything is validated before anything is changed: files with a mistake in them change
 * nothing.
 */
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, PanottiError, toError } from '../../common/index.js';
import {
  changedPaths,
  type Configuration,
  ConfigurationError,
  ConfigurationFolder,
  type ConfigurationProblem,
} from '../../config/index.js';
import { PluginCatalog } from '../../host/index.js';
import { PluginCommands } from '../commands/plugin-commands.js';
import { ConfigurationReloadError } from '../lifecycle.errors.js';
import { ServerOptions } from '../server.options.js';
import type { AdoptionResult } from './configuration-adoption.js';

/** The injection token of the folder; `undefined` where the configuration is given in code. */
export const CONFIGURATION_FOLDER = Symbol('configuration-folder');

/** What became of a reload. Names and paths are sorted. */
export interface ReloadResult extends AdoptionResult {
  /** Keys of panotti.yaml that say something else than what the server was started with: they count from its next start on. */
  readonly afterRestart: readonly string[];
}

@Injectable()
export class ConfigurationReloader implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Configuration');
  #last: Promise<unknown> = Promise.resolve();
  #watch: Disposable | undefined;

  constructor(
    @Inject(CONFIGURATION_FOLDER) private readonly folder: ConfigurationFolder | undefined,
    private readonly server: ServerOptions,
    private readonly catalog: PluginCatalog,
    private readonly commands: PluginCommands,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    if (this.server.config.watch) this.#watch = this.folder?.watch(this.clock, () => void this.reloadAndReport());
  }

  onModuleDestroy(): void {
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
  }

  /**
   * One after another; resolves when all plugins that have changed have settled.
   *
   * @throws ConfigurationError with everything that is wrong; nothing has happened then
   * @throws ConfigurationReloadError where there are no files
   */
  reload(): Promise<ReloadResult> {
    const result = this.#last.then(() => this.#reload());
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** As `reload`, for those who have nobody to tell: the log says what came of it. Never rejects. */
  async reloadAndReport(): Promise<void> {
    try {
      const { told, restarted, afterRestart } = await this.reload();
      const changes = [
        ...(restarted.length > 0 ? [`restarted: ${restarted.join(', ')}`] : []),
        ...(told.length > 0 ? [`told while they run: ${told.join(', ')}`] : []),
      ];
      this.#logger.log(`Configuration reloaded; ${changes.length > 0 ? changes.join('; ') : 'no plugin is concerned'}.`);
      if (afterRestart.length > 0)
        this.#logger.warn(`These changes count from the next start of the server on: ${afterRestart.join(', ')}.`);
    } catch (error) {
      const what = 'The configuration was not reloaded; everything goes on as before.';
      // An error of ours says every place; of any other the stack is the best that there is.
      const reason = toError(error);
      if (error instanceof PanottiError) this.#logger.error(`${what} ${reason.message}`);
      else this.#logger.error(`${what} ${reason.message}`, reason);
    }
  }

  async #reload(): Promise<ReloadResult> {
    if (!this.folder) throw new ConfigurationReloadError('it was given in code and not in files');
    const { configuration, accept } = await this.folder.read();
    const { server, catalog } = this.#validate(configuration);
    const adopted = await this.commands.adopt(catalog);
    accept();
    return { ...adopted, afterRestart: changedPaths(this.server, server) };
  }

  /** @throws ConfigurationError with the problems of all files */
  #validate({ host, plugins }: Configuration): { server: ServerOptions; catalog: PluginCatalog } {
    const server = host.bind(ServerOptions, []);
    const problems: ConfigurationProblem[] = [...host.problems, ...server.problems];
    const catalog = this.#catalogUnder(plugins, problems);
    problems.push(...(catalog?.configurationProblems ?? []));
    if (!server.value || !catalog || problems.length > 0) throw new ConfigurationError(problems);
    return { server: server.value, catalog };
  }

  #catalogUnder(plugins: Configuration['plugins'], problems: ConfigurationProblem[]): PluginCatalog | undefined {
    try {
      return this.catalog.withDocument(plugins);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  }
}
