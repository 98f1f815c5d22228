import 'reflect-metadata';
import { type DynamicModule, forwardRef, Global, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { globalImports } from '../../../src/nest/global-imports.js';

type Definition = Type | DynamicModule;

function moduleOf(
  imports: (Definition | Promise<DynamicModule> | ReturnType<typeof forwardRef>)[] = [],
  providers: object[] = [],
): Type {
  class Feature {}
  Module({ imports, providers: providers as never[] })(Feature);
  return Feature;
}

function globalOf(imports: Definition[] = []): Type {
  const type = moduleOf(imports);
  Global()(type);
  return type;
}

const dynamic = (more: Partial<DynamicModule> = {}, type = moduleOf()): DynamicModule => ({ module: type, ...more });

interface Around {
  readonly application?: readonly Definition[];
  readonly plugins?: readonly Type[];
}

const found = ({ application = [], plugins = [] }: Around, root: Definition) =>
  globalImports(root, {
    isPlugin: (type) => plugins.includes(type),
    isOfApplication: async (definition) => application.includes(definition),
  });

const Everywhere = globalOf();
const OfApplication = globalOf();
const OtherPlugin = moduleOf([Everywhere]);

describe('what is global in a plugin', () => {
  it.each<[title: string, root: Definition, hasAny: boolean]>([
    ['nothing', moduleOf(), false],
    ['the module of the plugin itself, which is refused elsewhere', Everywhere, false],
    ['a global module', moduleOf([Everywhere]), true],
    ['a dynamic module that says so', moduleOf([dynamic({ global: true })]), true],
    ['a dynamic module of a global class', moduleOf([dynamic({}, Everywhere)]), true],
    ['a global module some imports away', moduleOf([moduleOf([dynamic({ imports: [moduleOf([Everywhere])] })])]), true],
    ['a global module of a promise', moduleOf([Promise.resolve(dynamic({ global: true }))]), true],
    ['a global module by a forward reference', moduleOf([forwardRef(() => Everywhere)]), true],
    ['a global module that the application has as well', moduleOf([OfApplication]), false],
    ['a global module of another plugin', moduleOf([OtherPlugin]), false],
    ['other modules alone', moduleOf([moduleOf([moduleOf()]), dynamic()]), false],
    ...[APP_GUARD, APP_PIPE, APP_INTERCEPTOR, APP_FILTER].map(
      (provide) =>
        [`${provide} of the plugin`, moduleOf([], [{ provide, useValue: {} }]), true] as [string, Definition, boolean],
    ),
    ['APP_GUARD of a dynamic module', moduleOf([dynamic({ providers: [{ provide: APP_GUARD, useValue: {} }] })]), true],
    ['another provider with such a name', moduleOf([], [{ provide: 'APP_GUARD of mine', useValue: {} }]), false],
  ])('is found: %s', async (_title, root, hasAny) => {
    expect((await found({ application: [OfApplication], plugins: [OtherPlugin] }, root)).hasAny).toBe(hasAny);
  });

  it('finds a global module behind two modules that import each other', async () => {
    const First = moduleOf();
    const Second = moduleOf([First, forwardRef(() => Everywhere)]);
    Reflect.defineMetadata('imports', [Second], First);

    expect((await found({}, moduleOf([First]))).hasAny).toBe(true);
  });

  it.each<[title: string, imports: Definition[], isApart: boolean]>([
    ['inside of a dynamic module that the plugin has made', [dynamic({ imports: [OfApplication] })], true],
    ['imported as it is', [OfApplication], false],
    ['inside of a module of the plugin that is not dynamic', [moduleOf([OfApplication])], false],
  ])('is an instance of its own of a global module of the application only %s', async (_title, imports, isApart) => {
    const { apart, hasAny } = await found({ application: [OfApplication] }, moduleOf(imports));

    expect([[...apart], hasAny]).toEqual([isApart ? [OfApplication] : [], isApart]);
  });
});
