import { BasePlugin, Plugin, PluginContext } from '../../../src/plugin/index.js';

const told: string[] = [];

@Plugin({ name: 'example', version: '1.2.3', dependencies: { base: '^1.0.0' } })
class Example extends BasePlugin {
  override async initialize(): Promise<void> {
    await super.initialize();
    told.push('initialized');
  }

  override async cleanup(): Promise<void> {
    told.push('cleaned up');
    await super.cleanup();
  }
}

beforeEach(() => (told.length = 0));

describe('the base class of plugins', () => {
  it('knows what its manifest says', () => {
    const { name, version, dependencies } = new Example();

    expect({ name, version, dependencies }).toEqual({ name: 'example', version: '1.2.3', dependencies: ['base'] });
  });

  it('is initialized and cleaned up by the hooks of Nest', async () => {
    const example = new Example();
    await example.onModuleInit();
    await example.onModuleDestroy();

    expect(told).toEqual(['initialized', 'cleaned up']);
  });

  it('is cleaned up at the end of a block that uses it', async () => {
    {
      await using example = new Example();
      await example.initialize();
    }

    expect(told).toEqual(['initialized', 'cleaned up']);
  });

  it('refuses a class without @Plugin, by name', () => {
    class Undecorated extends BasePlugin {}

    expect(() => new Undecorated()).toThrow('@Plugin on class "Undecorated" is wrong');
  });
});

describe('the context of a plugin', () => {
  const contextOf = (openDataDirectory: () => string) =>
    new PluginContext({
      name: 'example',
      version: '1.0.0',
      attempt: 2,
      signal: new AbortController().signal,
      openDataDirectory,
    });

  it('asks for the data directory only when the plugin does', () => {
    let asked = 0;
    const context = contextOf(() => `/data/${++asked}`);

    expect(asked).toBe(0);
    expect(context.dataDirectory).toBe('/data/1');
  });

  it('releases what it was handed in reverse order, once, also when a release throws', async () => {
    const context = contextOf(() => '/data');
    context.use({ [Symbol.asyncDispose]: async () => void told.push('first') });
    context.defer(() => {
      throw new Error('cannot be released');
    });
    context.adopt('third', (name) => void told.push(name));

    await expect(context[Symbol.asyncDispose]()).rejects.toThrow('cannot be released');
    await context[Symbol.asyncDispose]();
    expect(told).toEqual(['third', 'first']);
  });

  it('takes nothing any more once it has released everything', async () => {
    const context = contextOf(() => '/data');
    await context[Symbol.asyncDispose]();

    expect(() => context.use({ [Symbol.dispose]: () => undefined })).toThrow(ReferenceError);
  });
});
