import { PluginFiles } from '../../../../src/telemetry/context/plugin-files.js';
import { blockingFrame, describeBlockingCode, type Frame } from '../../../../src/telemetry/watchdog/blocking-code.js';

const FILES = new PluginFiles([
  { plugin: 'notes', file: '/plugins/notes/index.js' },
  { plugin: 'mail', file: '/plugins/mail/index.js' },
]);

function frame(functionName: string, scriptName: string): Frame {
  return { functionName, scriptName, lineNumber: 1 };
}

const NODE = frame('readFileSync', 'node:fs');
const LIBRARY = frame('parse', 'file:///plugins/notes/node_modules/yaml/index.js');
const NOTES = frame('load', 'file:///plugins/notes/reader.js');
const MAIL = frame('send', 'file:///plugins/mail/index.js');
const HOST = frame('dispatch', 'file:///host/dist/dispatcher.js');

describe('the code that blocks', () => {
  it.each([
    [
      'the innermost code of the plugin, not of the library that it calls',
      [NODE, LIBRARY, NOTES, HOST],
      'notes',
      'notes',
      NOTES,
    ],
    [
      'the code of the plugin in whose context it runs, although another one was called',
      [MAIL, NOTES, HOST],
      'notes',
      'notes',
      NOTES,
    ],
    ['the plugin that the file belongs to where the context is lost', [NODE, MAIL, HOST], undefined, 'mail', MAIL],
    ['the library where nothing of the plugin is on the stack', [LIBRARY], 'mail', 'mail', LIBRARY],
    ['code of the host outside of any plugin', [NODE, HOST], undefined, undefined, HOST],
    ['no place where only Node runs', [NODE], undefined, undefined, undefined],
  ] as const)('is %s', (_title, frames, context, plugin, expected) => {
    expect(blockingFrame(frames, context, FILES)).toEqual({ plugin, frame: expected });
  });

  it.each([
    [{ plugin: 'mail', frame: MAIL, seen: 'running' }, 'by plugin "mail": function send (/plugins/mail/index.js:1)'],
    [
      { plugin: 'mail', frame: MAIL, seen: 'left' },
      'by plugin "mail": native code that came back to function send (/plugins/mail/index.js:1)',
    ],
    [
      { plugin: 'mail', frame: { ...MAIL, functionName: '' }, seen: 'running' },
      'by plugin "mail": function (anonymous) (/plugins/mail/index.js:1)',
    ],
    [
      { plugin: undefined, frame: HOST, seen: 'running' },
      'by code outside of any plugin: function dispatch (/host/dist/dispatcher.js:1)',
    ],
    [{ plugin: undefined, frame: undefined, seen: 'running' }, 'by code outside of any plugin'],
  ] as const)('is described: %#', (code, text) => {
    expect(describeBlockingCode(code)).toBe(text);
  });
});
