/**
 * Loads the configuration again while the server runs, and looks for plugins that have come or gone. Everything is validated before anything
 * is changed: files with a new mistake in them change nothing. A mistake that was there before does not stop the others from being reloaded.
 */
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, leadingProblem, PanottiError, reasonOf, toError } from '../../common/index.js';
import {
  changedPaths,
  type Configuration,
  ConfigurationError,
  ConfigurationFolder,
  type ConfigurationProblem,
} from '../../config/index.js';
import { PluginCatalog, problemReport } from '../../host/index.js';
import { ConfigurationReloadError } from '../lifecycle.errors.js';
import { bindServerOptions } from '../options/bind-server-options.js';
import { ServerOptions } from '../options/server.options.js';
import { ConfigurationAdoption } from './configuration-adoption.js';
import { newMistakes } from './new-mistakes.js';
import { reloadReport } from './reload-report.js';
import type { ReloadResult } from './reload-result.js';

/** The injection token of the folder; `undefined` where the configuration is given in code. */
export const CONFIGURATION_FOLDER = Symbol('configuration-folder');

@Injectable()
export class ConfigurationReloader implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Configuration');
  #last: Promise<unknown> = Promise.resolve();
  #watch: Disposable | undefined;
  /** The catalog in effect. */
  #catalog: PluginCatalog;

  constructor(
    @Inject(CONFIGURATION_FOLDER) private readonly folder: ConfigurationFolder | undefined,
    private readonly server: ServerOptions,
    catalog: PluginCatalog,
    private readonly adoption: ConfigurationAdoption,
    private readonly clock: Clock,
  ) {
    this.#catalog = catalog;
  }

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

  /** As `reload`; the log says what came of it. Never rejects. */
  async reloadAndReport(): Promise<void> {
    await this.report(this.reload());
  }

  /** Writes to the log what comes of a reload. Never rejects. */
  async report(reloaded: Promise<ReloadResult>): Promise<void> {
    try {
      for (const { level, text } of reloadReport(await reloaded)) this.#logger[level](text);
    } catch (error) {
      const what = 'The configuration was not reloaded; everything goes on as before.';
      // A `PanottiError` names every place; for any other error the stack is the best hint.
      const reason = toError(error);
      if (error instanceof PanottiError) this.#logger.error(`${what} ${leadingProblem(reason.message)}`);
      else this.#logger.error(`${what} ${reasonOf(reason)}`, reason);
    }
  }

  async #reload(): Promise<ReloadResult> {
    if (!this.folder) throw new ConfigurationReloadError('it was given in code and not in files');
    const { configuration, accept } = await this.folder.read();
    const { server, catalog } = await this.#validate(configuration);
    const adopted = await this.adoption.adopt(catalog);
    this.#catalog = catalog;
    accept();
    return {
      ...adopted,
      afterRestart: changedPaths(this.server, server),
      outdated: catalog.outdated,
      problems: problemReport(catalog.problems.filter(({ plugin }) => isUnusable(catalog, plugin))),
    };
  }

  /** @throws ConfigurationError with the problems of all files */
  async #validate({ host, plugins }: Configuration): Promise<{ server: ServerOptions; catalog: PluginCatalog }> {
    const server = bindServerOptions(host);
    const problems: ConfigurationProblem[] = [...host.problems, ...server.problems];
    const catalog = await this.#catalogUnder(plugins, problems);
    // If the reload fails anyway, it reports older mistakes too.
    if (catalog)
      problems.push(...(problems.length > 0 ? catalog.configurationProblems : newMistakes(this.#catalog, catalog)));
    if (!server.value || !catalog || problems.length > 0) throw new ConfigurationError(problems);
    return { server: server.value, catalog };
  }

  async #catalogUnder(
    plugins: Configuration['plugins'],
    problems: ConfigurationProblem[],
  ): Promise<PluginCatalog | undefined> {
    try {
      return await this.#catalog.renewed(plugins);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  }
}

/** False for a plugin that lacks something on this machine: that was reported at its start. */
function isUnusable({ entries }: PluginCatalog, plugin: string | undefined): boolean {
  const entry = plugin === undefined ? undefined : entries.get(plugin);
  return entry === undefined || entry.status === 'invalid';
}
