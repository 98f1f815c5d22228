import 'reflect-metadata';
import { Inject, Injectable, Module, type Provider, type Type } from '@nestjs/common';
import type { PluginOptions } from '../../../src/index.js';
import { plugin } from '../../support/hooked-plugin.js';
import { hostApp } from '../../support/host-app.js';
import { itWhere } from '../../support/it-where.js';
import { OutsidePackages } from '../../support/outside-packages.js';

const OUTSIDE = new OutsidePackages('nest');

/** A class of this name, as a bundle of a plugin holds one of its own. */
const copyOf = (name: string): Type<object> => ({ [name]: class {} })[name] as Type<object>;

function injecting(token: Type<object>): Type<object> {
  @Injectable()
  class Greeter {
    constructor(@Inject(token) readonly needed: object) {}
  }
  return Greeter;
}

function byProperty(token: Type<object>): Type<object> {
  @Injectable()
  class Greeter {
    @Inject(token) readonly needed: object | undefined;
  }
  return Greeter;
}

const byFactory = (token: Type<object>): Provider => ({
  provide: 'Greeter',
  inject: [token],
  useFactory: (needed: object) => needed,
});

async function reasonOf(options: Partial<PluginOptions>): Promise<string | undefined> {
  await using test = await hostApp([plugin('shop', {}, options), plugin('other')]);
  expect(test.states()).toEqual({ shop: 'failed', other: 'ready' });
  return test.host.plugin('shop').reason;
}

describe('a class of a second copy of a package', () => {
  it.each<[name: string, provider: (token: Type<object>) => Provider, words: string]>([
    [
      'Reflector',
      injecting,
      'a second copy of @nestjs/core: Greeter injects a class Reflector that is not the Reflector of @nestjs/core',
    ],
    [
      'ModuleRef',
      injecting,
      'a second copy of @nestjs/core: Greeter injects a class ModuleRef that is not the ModuleRef of @nestjs/core',
    ],
    ['HttpAdapterHost', byProperty, 'a second copy of @nestjs/core: Greeter injects a class HttpAdapterHost'],
    ['ModulesContainer', byFactory, 'a second copy of @nestjs/core: Greeter injects a class ModulesContainer'],
    [
      'PluginContext',
      injecting,
      'a second copy of the package of PluginContext: Greeter injects a class PluginContext',
    ],
    ['Registry', byFactory, 'a second copy of the package of Registry: Greeter injects a class Registry'],
  ])('is told apart from the class of the host by its identity: %s', async (name, provider, words) => {
    const reason = await reasonOf({ providers: [provider(copyOf(name))] });

    expect(reason).toContain(words);
  });

  it('finds a class of a second copy in a module that the plugin imports', async () => {
    class Inner {}
    Module({ providers: [injecting(copyOf('Reflector'))] })(Inner);

    expect(await reasonOf({ imports: [Inner] })).toContain('a second copy of @nestjs/core');
  });

  it.each<[title: string, providers: Provider[], token: Type<object>]>([
    ['a name that only the plugin has', [], copyOf('Ledger')],
    ['a name that a class of the host has which plugins do not see', [], copyOf('PluginHostModule')],
  ])('is nothing else that is missing: %s', async (_title, providers, token) => {
    expect(await reasonOf({ providers: [...providers, injecting(token)] })).toContain(
      "Nest can't resolve dependencies of the Greeter",
    );
  });

  it('does not take a provided class of the plugin with the same name as a second copy', async () => {
    const Reflector = copyOf('Reflector');
    await using test = await hostApp([plugin('shop', {}, { providers: [Reflector, injecting(Reflector)] })]);

    expect(test.host.plugin('shop')).toMatchObject({ state: 'ready', reason: undefined });
  });

  itWhere(OUTSIDE.areInstalled)(
    'is told apart also where a test runner loads the plugin: the installed copy of @nestjs/core',
    async () => {
      const { Reflector } = (await import(OUTSIDE.resolve('@nestjs/core'))) as { readonly Reflector: Type<object> };

      expect(await reasonOf({ providers: [injecting(Reflector)] })).toContain('is not the Reflector of @nestjs/core');
    },
  );
});
