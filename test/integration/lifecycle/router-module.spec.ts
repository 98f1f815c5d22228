import { Controller, Get, Module, VersioningType, type Type } from '@nestjs/common';
import { RouterModule, type Routes } from '@nestjs/core';
import type { PluginOptions } from '../../../src/index.js';
import { plugin } from '../../support/hooked-plugin.js';
import { hostApp, type HostApp } from '../../support/host-app.js';

function feature(name: string, path = name): Type<object> {
  @Controller(path)
  class Feature {
    @Get()
    show(): string {
      return name;
    }
  }
  class FeatureModule {}
  Module({ controllers: [Feature] })(FeatureModule);
  return FeatureModule;
}

const Users = feature('users');
const Roles = feature('roles');
const Bare = feature('bare', '');

const shop = (routes: Routes, imports: Type<object>[], options: Partial<PluginOptions> = {}): Type<object> =>
  plugin('shop', {}, { ...options, imports: [...imports, RouterModule.register(routes)] });

const status = async (test: HostApp, path: string): Promise<[number, string]> => {
  const answer = await test.app.getHttpAdapter().getInstance().inject(path);
  return [answer.statusCode, answer.body];
};

describe('RouterModule in a plugin', () => {
  it.each<[string, Routes, readonly string[], readonly string[]]>([
    ['one path', [{ path: 'admin', module: Users }], ['/admin/users', '/roles'], ['/users']],
    ['slashes', [{ path: '/admin/', module: Users }], ['/admin/users'], ['/users']],
    [
      'children',
      [{ path: 'admin', module: Users, children: [{ path: 'deep', module: Roles }] }],
      ['/admin/users', '/admin/deep/roles'],
      ['/roles', '/deep/roles'],
    ],
    [
      'children that are classes',
      [{ path: 'admin', children: [Users, Roles] }],
      ['/admin/users', '/admin/roles'],
      ['/users'],
    ],
    [
      'children of children',
      [{ path: 'a', children: [{ path: 'b', children: [{ path: 'c', module: Users }] }] }],
      ['/a/b/c/users'],
      ['/users'],
    ],
    ['a parameter', [{ path: 'tenants/:tenant', module: Users }], ['/tenants/7/users'], ['/users']],
    ['a controller without a path', [{ path: 'admin', module: Bare }], ['/admin', '/roles'], ['/']],
    ['no path', [{ path: '/', module: Users }], ['/users'], []],
  ])('is followed below the mount: %s', async (_what, routes, served, unserved) => {
    await using test = await hostApp([
      shop(
        routes,
        [Users, Roles, Bare].filter(
          (module) => module !== Bare || (routes[0] && 'module' in routes[0] && routes[0].module === Bare),
        ),
      ),
    ]);
    expect(test.host.plugin('shop')).toMatchObject({ state: 'ready', reason: undefined });

    for (const path of served) expect([path, (await status(test, `/api/shop${path}`))[0]]).toEqual([path, 200]);
    for (const path of unserved) expect([path, (await status(test, `/api/shop${path}`))[0]]).toEqual([path, 404]);
  });

  it('follows RouterModule again after a restart, and in no other plugin that imports the module', async () => {
    await using test = await hostApp([
      shop([{ path: 'admin', module: Users }], [Users]),
      plugin('other', {}, { imports: [Users] }),
    ]);
    await test.host.restart('shop');
    await test.host.restart('other');

    expect([await status(test, '/api/shop/admin/users'), await status(test, '/api/other/users')]).toEqual([
      [200, 'users'],
      [200, 'users'],
    ]);
    expect((await status(test, '/api/other/admin/users'))[0]).toBe(404);
  });

  it('follows RouterModule behind a version in the path', async () => {
    await using test = await hostApp([shop([{ path: 'admin', module: Users }], [Users])], {}, (app) => {
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' });
    });

    expect((await status(test, '/api/shop/v2/admin/users'))[0]).toBe(200);
  });

  it('refuses RouterModule for a module that the plugin does not import, and names the module', async () => {
    await using test = await hostApp([shop([{ path: 'admin', module: Roles }], [Users])]);

    expect(test.states()).toEqual({ shop: 'failed' });
    expect(test.host.plugin('shop').reason).toContain('FeatureModule at "/admin"');
  });
});
