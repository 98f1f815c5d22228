/** One server with clients in another process: `case.ts bare|native|plugin`. Prints the CPU time of the server for one request, in microseconds. */
import 'reflect-metadata';
import { Controller, Get, Module, Param, Query, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Plugin, PluginHost, PluginHostModule } from '../../dist/index.js';
import { measureRequests } from '../support/load-of.ts';

class Items {
  show(id: string, page: string): object {
    return { id, page, name: 'An item of the shop', price: 39.95, tags: ['new', 'blue'] };
  }
}
Controller('items')(Items);
Get(':id')(Items.prototype, 'show', Object.getOwnPropertyDescriptor(Items.prototype, 'show') as PropertyDescriptor);
Param('id')(Items.prototype, 'show', 0);
Query('page')(Items.prototype, 'show', 1);

class ShopModule {}
Module({ controllers: [Items] })(ShopModule);

class ShopPlugin {}
Plugin({ name: 'shop', version: '1.0.0', controllers: [Items] })(ShopPlugin);

/** `native` and `plugin` both carry the host, which tracks every request of its application; `bare` is Nest alone. */
async function rootOf(kind: string): Promise<Type<object>> {
  const plugins = kind === 'plugin' ? [ShopPlugin] : [];
  const host =
    kind === 'bare'
      ? []
      : [
          await PluginHostModule.forRoot({
            plugins,
            host: { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent' } },
          }),
        ];
  class Root {}
  Module({ imports: kind === 'plugin' ? host : [...host, ShopModule] })(Root);
  return Root;
}

async function serve(kind: string): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(await rootOf(kind), new FastifyAdapter(), {
    logger: false,
  });
  app.setGlobalPrefix(kind === 'plugin' ? 'api' : 'api/shop');
  await app.listen(0, '127.0.0.1');
  if (kind === 'plugin' && app.get(PluginHost).plugin('shop').state !== 'ready')
    throw new Error('The plugin is not ready.');
  return app;
}

const [, , kind = 'native'] = process.argv;
const app = await serve(kind);
const url = `${await app.getUrl()}/api/shop/items/7?page=2`;
const cpuUs = await measureRequests(url);
await app.close();
process.stdout.write(`${JSON.stringify({ cpuUs })}\n`);
process.exit(0);
