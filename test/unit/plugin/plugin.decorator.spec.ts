import { Plugin, PluginManifestError, readManifest } from '../../../src/plugin/index.js';

function problemsOf(options: unknown): unknown {
  try {
    // The point is what happens to options that no compiler has checked.
    Plugin(options as never)(class Wrong {});
    return [];
  } catch (error) {
    if (error instanceof PluginManifestError) return error.problems;
    throw error;
  }
}

describe('@Plugin', () => {
  it('records a complete, frozen manifest', () => {
    @Plugin({ name: 'greeter', version: '1.2.3', dependencies: { base: '^1.0.0' } })
    class Greeter {}

    const manifest = readManifest(Greeter);
    expect(manifest).toEqual({
      name: 'greeter',
      version: '1.2.3',
      description: '',
      dependencies: { base: '^1.0.0' },
      optionalDependencies: {},
      requires: { host: '*', node: '*', platforms: [], binaries: [], env: [] },
      config: undefined,
      state: undefined,
      stores: {},
      emits: [],
    });
    expect(Object.isFrozen(manifest?.dependencies)).toBe(true);
  });

  it('names the class, every wrong field and what is allowed, all at once', () => {
    const problems = problemsOf({
      name: 'Loud Plugin',
      version: 'one',
      dependancies: {},
      dependencies: { base: 'not a range' },
      requires: { node: 24, platforms: ['beos'] },
      config: 'Config',
      state: {},
      stores: { 'Not a name': class {}, notes: 'Note' },
      emits: [7],
    });

    expect(problems).toMatchObject([
      { field: 'dependancies', message: 'is unknown; did you mean "dependencies"?' },
      { field: 'name' },
      { field: 'version' },
      { field: 'dependencies.base' },
      { field: 'requires.node' },
      { field: 'requires.platforms' },
      { field: 'config' },
      { field: 'state' },
      { field: 'stores.Not a name' },
      { field: 'stores.notes' },
      { field: 'emits' },
    ]);
  });

  it('refuses a plugin that depends on itself, or on the same plugin in both ways', () => {
    const problems = problemsOf({
      name: 'self',
      version: '1.0.0',
      dependencies: { self: '*', other: '*' },
      optionalDependencies: { other: '*' },
    });

    expect(problems).toMatchObject([{ field: 'dependencies.self' }, { field: 'optionalDependencies.other' }]);
  });

  it('refuses the name of the host', () => {
    expect(problemsOf({ name: 'panotti', version: '1.0.0' })).toMatchObject([{ field: 'name' }]);
  });

  it.each([undefined, null, 'text', []])('refuses %p as a manifest', (options) => {
    expect(problemsOf(options)).toHaveLength(1);
  });

  it('does not make a plugin of a subclass', () => {
    @Plugin({ name: 'parent', version: '1.0.0' })
    class Parent {}
    class Child extends Parent {}

    expect(readManifest(Child)).toBeUndefined();
  });
});
