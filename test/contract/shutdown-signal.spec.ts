import 'reflect-metadata';
import { type INestApplicationContext, Module, type OnModuleDestroy } from '@nestjs/common';
import { ModuleRef, NestFactory } from '@nestjs/core';
import { ShutdownSignal } from '../../src/lifecycle/process/shutdown-signal.js';

/** The class takes a signal, its public interface does not say so. */
const close = (app: INestApplicationContext, signal: string | undefined): Promise<void> =>
  (app as unknown as { close(signal?: string): Promise<void> }).close(signal);

/** What the host knows of the signal in its own `onModuleDestroy`, which Nest tells nothing. */
async function nameAtTheEnd(end: (app: INestApplicationContext) => Promise<unknown>): Promise<unknown> {
  let name: unknown = 'was not asked';
  @Module({ providers: [ShutdownSignal] })
  class Root implements OnModuleDestroy {
    constructor(readonly signal: ShutdownSignal) {}

    onModuleDestroy(): void {
      name = this.signal.name;
    }
  }
  Reflect.defineMetadata('design:paramtypes', [ShutdownSignal], Root);
  const app = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
  await end(app);
  return name;
}

describe('what is used of the end of an application of Nest', () => {
  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
    [undefined, undefined],
  ])('the signal of close() is known before the first hook: %s', async (signal, expected) => {
    expect(await nameAtTheEnd((app) => close(app, signal))).toBe(expected);
  });

  it('a signal of one application is not that of another', async () => {
    const names = await Promise.all(
      ['SIGTERM', undefined, 'SIGHUP'].map((signal) => nameAtTheEnd((app) => close(app, signal))),
    );

    expect(names).toEqual(['SIGTERM', undefined, 'SIGHUP']);
  });

  it('a module knows the container of its application, by which the two are brought together', async () => {
    @Module({ providers: [ShutdownSignal] })
    class Root {}
    const app = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
    const containers = [app, app.get(ModuleRef)].map(
      (each) => (each as unknown as { readonly container: object }).container,
    );
    await close(app, 'SIGQUIT');

    expect(containers[0]).toBe(containers[1]);
    expect(app.get(ShutdownSignal).name).toBe('SIGQUIT');
  });
});
