import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
import * as yaml from 'yaml';
import OneRealmEnvironment from '../../support/one-realm.environment.js';

const NAME = 'PANOTTI_TEST_ONE_REALM';

describe('Tests in the realm of the process', () => {
  it('have its globals, so that values from outside are instances of the same classes', () => {
    expect(runInThisContext('[Array, Error, Object, globalThis]')).toEqual([Array, Error, Object, globalThis]);
  });

  it('share packages with what Node loads', () => {
    expect(createRequire(import.meta.url)('yaml').Document).toBe(yaml.Document);
  });

  it.each<[string, change: () => void, read: () => unknown]>([
    ['a variable that was added', () => (process.env[NAME] = 'added'), () => process.env[NAME]],
    ['a variable that was removed', () => delete process.env['PATH'], () => process.env['PATH']],
    ['a variable that was changed', () => (process.env['PATH'] = '/nowhere'), () => process.env['PATH']],
    ['the working directory', () => process.chdir('/'), () => process.cwd()],
    ['the exit code', () => (process.exitCode = 7), () => process.exitCode],
    ['the console', () => (globalThis.console = { ...console }), () => globalThis.console],
  ])('leave %s as it was', async (_title, change, read) => {
    const environment = new OneRealmEnvironment({ projectConfig: {} });
    const before = read();
    change();
    expect(read()).not.toBe(before);
    await environment.teardown();
    expect(read()).toBe(before);
  });
});
