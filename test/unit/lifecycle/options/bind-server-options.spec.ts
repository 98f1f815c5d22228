import { ConfigurationDocument, settingsOf } from '../../../../src/config/index.js';
import { SERVER_SECTIONS } from '../../../../src/host/plugin-configuration.js';
import { bindServerOptions, ServerOptions } from '../../../../src/lifecycle/index.js';

const problemsOf = (text: string): [string, string][] => {
  const document = ConfigurationDocument.parse({ file: 'panotti.yaml', text, environment: {} });
  return bindServerOptions(document).problems.map(({ path, message, fix }) => [`${path}: ${message}`, fix]);
};
const SECTION = 'is no option of the server; it looks like the section of a plugin';
const TO_PLUGINS = 'Move it to plugins.yaml, with its name at the beginning of the line.';

describe('panotti.yaml with what belongs elsewhere', () => {
  it.each<[string, string, string, string]>([
    ['the section of a plugin', 'mail:\n  settings: {}\n', `mail: ${SECTION}`, TO_PLUGINS],
    ['a section that has no settings', 'mail:\n  enabled: false\n', `mail: ${SECTION}`, TO_PLUGINS],
    [
      'the section of a plugin below plugins',
      'plugins:\n  mail:\n    required: true\n',
      `plugins.mail: ${SECTION}`,
      TO_PLUGINS,
    ],
    [
      'an option without its section',
      'port: 3000\n',
      'port: is unknown here; it is a setting of "http"',
      'Move it below http: http.port.',
    ],
    [
      'a path in one key',
      'http.port: 1\n',
      '["http.port"]: is one key with dots in it, and not a path',
      'Write "http:", below it "port:", each indented by two blanks more.',
    ],
    [
      'an option of a section within',
      'window: 5\n',
      'window: is unknown here; it is a setting of "events.durable"',
      'Move it below durable: events.durable.window.',
    ],
  ])('gets an answer that names the place: %s', (_title, text, problem, fix) => {
    expect(problemsOf(text)).toEqual([[problem, fix]]);
  });

  it.each([
    ['nothing', ''],
    ['an option', 'http:\n  port: 3000\n'],
    ['anchors', 'x-mail:\n  settings: {}\n'],
  ])('is left alone where it has %s', (_title, text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it('ServerOptions has exactly the sections that the reader of plugins.yaml knows', () => {
    expect([...SERVER_SECTIONS, 'plugins'].sort()).toEqual([...settingsOf(ServerOptions)].sort());
  });
});
