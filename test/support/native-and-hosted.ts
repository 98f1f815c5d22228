/** The same controllers below a plugin's mount and in a plain Nest application, side by side. */
import { Module, type NestApplicationOptions, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Plugin, PluginHost, PluginHostModule } from '../../src/index.js';

type ServerSettings = NonNullable<ConstructorParameters<typeof FastifyAdapter>[0]>;

export interface SideBySide {
  readonly controllers: Type<object>[];
  readonly providers?: Type<object>[];
  readonly server?: ServerSettings;
  /** `create` of Nest. */
  readonly application?: NestApplicationOptions;
  /** What an application sets up before it is initialized. */
  readonly prepare?: (app: NestFastifyApplication) => unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly cookies: string[];
  readonly body: string;
}

export class NativeAndHosted implements AsyncDisposable {
  private constructor(
    readonly native: NestFastifyApplication,
    readonly hosted: NestFastifyApplication,
  ) {}

  /** Both listen; the paths of both begin with `/api/shop`. */
  static async listening(setup: SideBySide): Promise<NativeAndHosted> {
    class ShopPlugin {}
    const { controllers, providers = [] } = setup;
    Plugin({ name: 'shop', version: '1.0.0', controllers, providers })(ShopPlugin);
    class ShopModule {}
    Module({ controllers, providers })(ShopModule);
    const host = await PluginHostModule.forRoot({
      plugins: [ShopPlugin],
      routeValidation: 'application',
      host: { telemetry: { logLevel: 'silent' } },
    });
    const pair = new NativeAndHosted(
      await listening([ShopModule], 'api/shop', setup),
      await listening([host], 'api', setup),
    );
    expect(pair.hosted.get(PluginHost).plugin('shop')).toMatchObject({ state: 'ready', reason: undefined });
    return pair;
  }

  /** What both answer, which is the same. */
  async ask(path: string, options: RequestInit = {}): Promise<Answer> {
    const [native, hosted] = await Promise.all([ask(this.native, path, options), ask(this.hosted, path, options)]);
    const what = `${options.method ?? 'GET'} ${path}`;
    // One of the differences that the guide lists: a path that a plugin has, asked with another method.
    if (native.status === 404 && hosted.status === 405) expect(hosted.headers['allow']).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
    else expect({ what, ...hosted }).toEqual({ what, ...native });
    return hosted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.native.close(), this.hosted.close()]);
  }
}

async function listening(
  imports: NonNullable<Parameters<typeof Module>[0]['imports']>,
  prefix: string,
  setup: SideBySide,
) {
  class Root {}
  Module({ imports })(Root);
  const settings = { logger: false, abortOnError: false, ...setup.application } as const;
  const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(setup.server ?? {}), settings);
  app.setGlobalPrefix(prefix);
  await setup.prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

async function ask(app: NestFastifyApplication, path: string, options: RequestInit): Promise<Answer> {
  const answer = await fetch(`${await app.getUrl()}/api/shop${path}`, { redirect: 'manual', ...options });
  const headers = Object.fromEntries(answer.headers);
  // The first changes with time, the second is what the host adds to every answer of an application, its own routes included.
  delete headers['date'];
  delete headers['x-correlation-id'];
  return { status: answer.status, headers, cookies: answer.headers.getSetCookie(), body: await answer.text() };
}
