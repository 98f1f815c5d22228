import { PluginFiles } from '../../../../src/telemetry/context/plugin-files.js';

const FILES = new PluginFiles([
  { plugin: 'notes', file: '/plugins/notes/index.js' },
  { plugin: 'nested', file: '/plugins/notes/nested/main.js' },
  { plugin: 'single', file: '/plugins/single.mjs' },
  { plugin: 'other', file: '/plugins/other.mjs' },
  { plugin: 'embedded', file: 'EmbeddedPlugin' },
]);

describe('the files of plugins', () => {
  it.each([
    ['/plugins/notes/index.js', 'notes'],
    ['/plugins/notes/lib/deep/store.js', 'notes'],
    ['file:///plugins/notes/a%20b.js', 'notes'],
    ['/plugins/notes/nested/lib/a.js', 'nested'],
    ['/plugins/single.mjs', 'single'],
    ['/plugins/shared-by-two.mjs', undefined],
    ['/plugins/notes-too/index.js', undefined],
    ['node:fs', undefined],
    ['EmbeddedPlugin', undefined],
    ['', undefined],
  ])('%s belongs to %s', (file, plugin) => {
    expect(FILES.pluginOf(file)).toBe(plugin);
  });

  it('are found in a stack, the innermost first', () => {
    const stack = [
      'Error: at (/plugins/other.mjs:1:1) is only a message',
      '    at readFile (node:fs:1:2)',
      '    at Object.parse (/host/node_modules/yaml/index.js:3:4)',
      '    at async Store.load [as load] (file:///plugins/notes/store.js:5:6)',
      '    at /plugins/single.mjs:7:8',
    ];

    expect(FILES.pluginOfStack(stack.slice(1).join('\n'))).toBe('notes');
    expect(FILES.pluginOfStack(stack[4]!)).toBe('single');
    expect(FILES.pluginOfStack('')).toBeUndefined();
    expect(FILES.pluginOfStack(stack.join('\n'))).toBe('notes');
  });
});
