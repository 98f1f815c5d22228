/** Has the application listen and start its plugins, and says what came of it. */
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PluginCatalog, PluginCatalogError } from '../host/index.js';
import { PluginHost, RequiredPluginsDownError } from '../lifecycle/index.js';
import { Watchdog } from '../telemetry/index.js';

/**
 * @throws PluginCatalogError if anything is wrong with a plugin, RequiredPluginsDownError if a required one is not up; both only where that is
 *   asked for by `strict`
 */
export async function startServer(
  app: NestFastifyApplication,
  strictness: 'strict' | 'lenient',
  listen: () => Promise<string>,
): Promise<void> {
  const logger = new Logger('Server');
  const host = app.get(PluginHost);
  const problems = app.get(PluginCatalog).problems;
  if (problems.length > 0 && strictness === 'strict')
    throw new PluginCatalogError(
      problems,
      'Correct the problems above, or start without --strict to go on without these plugins.',
    );
  if (problems.length > 0) logger.warn(host.report());
  logger.log(`Listening on ${await listen()}`);
  await host.startAll();
  app.get(Watchdog).loadingIsOver();
  // The start was given up for the stop, which has its own lines.
  if (host.isDraining) return;
  const plugins = host.plugins();
  logger.log(`${plugins.filter(({ isUp }) => isUp).length} of ${plugins.length} plugins are ready.`);
  const down = plugins.filter(({ isRequired, isUp }) => isRequired && !isUp);
  if (down.length > 0 && strictness === 'strict') throw new RequiredPluginsDownError(down);
}

export async function reload(app: NestFastifyApplication): Promise<void> {
  await app.get(PluginHost).reloadAndReport();
}
