/** A Nest application that hosts plugins, for tests in process, with a check that its plugins leave nothing behind. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type Type } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { PluginHost, PluginHostModule, type PluginHostOptions } from '../../src/index.js';
import { readManifest } from '../../src/plugin/index.js';

export interface HostApp extends AsyncDisposable {
  readonly app: NestFastifyApplication;
  readonly host: PluginHost;
  readonly dataDirectory: string;
  /** The state of each plugin, by name. */
  states(): Record<string, string>;
  /** The Nest modules in the container that belong to plugins. */
  pluginModules(): string[];
}

/** Initializes an application with these plugins, after `prepare`. It logs nothing, and keeps its data in a folder that goes with it. */
export async function hostApp(
  plugins: readonly Type<object>[],
  options: PluginHostOptions = {},
  prepare: (app: NestFastifyApplication) => unknown = () => undefined,
  adapter = new FastifyAdapter(),
): Promise<HostApp> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'panotti-test-'));
  const host = { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent', watchdog: false }, ...options.host };
  const hostModule = await PluginHostModule.forRoot({ dataDirectory, plugins, ...options, host });
  class TestRoot {}
  Module({ imports: [hostModule] })(TestRoot);
  const app = await NestFactory.create<NestFastifyApplication>(TestRoot, adapter, {
    logger: false,
    abortOnError: false,
  });
  await prepare(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const modules = app.get(ModulesContainer);
  return {
    app,
    host: app.get(PluginHost),
    dataDirectory,
    states: () =>
      Object.fromEntries(
        app
          .get(PluginHost)
          .plugins()
          .map(({ name, state }) => [name, state]),
      ),
    pluginModules: () => [...modules.values()].filter(({ metatype }) => readManifest(metatype)).map(({ name }) => name),
    [Symbol.asyncDispose]: async () => {
      await app.close();
      const left = [...modules.values()].filter(({ metatype }) => readManifest(metatype));
      await rm(dataDirectory, { recursive: true, force: true });
      if (left.length > 0)
        throw new Error(`Modules of plugins were left in the container: ${left.map(({ name }) => name).join(', ')}`);
    },
  };
}
