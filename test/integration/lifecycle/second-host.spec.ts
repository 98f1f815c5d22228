import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { PluginHostModule } from '../../../src/index.js';
import { plugin } from '../../support/hooked-plugin.js';

const silent = { logger: false, abortOnError: false } as const;

const host = (dataDirectory: string, driver: 'memory' | 'sqlite', name = 'own'): Promise<DynamicModule> =>
  PluginHostModule.forRoot({
    dataDirectory,
    plugins: [plugin(name)],
    host: { storage: { driver }, telemetry: { logLevel: 'silent', watchdog: false } },
  });

function application(...imports: DynamicModule[]): Promise<INestApplication> {
  class Root {}
  Module({ imports })(Root);
  return NestFactory.create(Root, new FastifyAdapter(), silent);
}

describe('a second host', () => {
  let folder: string;

  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'panotti-hosts-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const nested = (inner: DynamicModule): DynamicModule => {
    class Feature {}
    return { module: Feature, imports: [inner] };
  };

  it.each([
    ['with a data directory of its own', 'other', (second: DynamicModule) => second],
    ['on the same data directory', 'data', (second: DynamicModule) => second],
    ['in a module that is imported', 'other', nested],
  ])('in one application is refused by name: %s', async (_what, directory, wrap) => {
    const first = await host(join(folder, 'data'), 'memory');
    const second = await host(join(folder, directory), 'memory', 'another');

    await expect(application(first, wrap(second))).rejects.toMatchObject({ code: 'PLUGIN_HOST_TWICE' });
  });

  it('takes one module that is imported in two places as one host', async () => {
    const only = await host(join(folder, 'data'), 'memory');
    const app = await application(only, nested(only));
    await app.init();

    await app.close();
  });

  it.each([
    ['the same path', 'data'],
    ['a link to it', 'link'],
  ])('in another application of the process, by %s, is told to close that one', async (_what, directory) => {
    await symlink(join(folder, 'data'), join(folder, 'link'));
    const first = await application(await host(join(folder, 'data'), 'sqlite'));
    const second = application(await host(join(folder, directory), 'sqlite'));

    await expect(second).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      fix: expect.stringContaining('Close the application'),
    });
    await expect(second).rejects.not.toMatchObject({ fix: expect.stringContaining('Stop that process') });
    await first.close();
    const third = await application(await host(join(folder, directory), 'sqlite'));
    await third.close();
  });
});
