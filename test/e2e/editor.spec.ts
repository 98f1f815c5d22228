/** What an editor with the YAML language server shows in the configuration that ships, and in that of a plugin of one's own. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { itWhere } from '../support/it-where.js';
import { LanguageServer } from '../support/language-server.js';
import { OutsidePackages } from '../support/outside-packages.js';

const ROOT = join(import.meta.dirname, '../..');
const outside = new OutsidePackages('editor');
const itWithServer = itWhere(outside.areInstalled);
const run = promisify(execFile);

const PLUGIN_FILE = `# yaml-language-server: $schema=./schema.json#/$defs/plugins
greeter:
  enabled: true
  settings:
    greeting: Welcome
`;

describe('an editor', () => {
  let directory: string;
  let editor: LanguageServer;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'panotti-editor-'));
    await cp(join(ROOT, 'config'), join(directory, 'config'), { recursive: true });
    if (outside.areInstalled) editor = await LanguageServer.started(outside.command('yaml-language-server'), directory);
  });

  afterAll(async () => {
    // Not there where the packages are not installed.
    await (editor as LanguageServer | undefined)?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const shipped = (name: string): Promise<string> => readFile(join(ROOT, 'config', name), 'utf8');
  const fileOf = (name: string): string => join(directory, 'config', name);

  itWithServer.each(['panotti.yaml', 'plugins.yaml'])('marks nothing in the %s that ships', async (name) => {
    expect(await editor.open(fileOf(name), await shipped(name))).toEqual([]);
  });

  itWithServer.each([
    ['a text for a number', 'panotti', 'http:\n  host: 127.0.0.1\n  port: "many"\n', 3],
    ['an option that does not exist', 'panotti', 'http:\n  prot: 3000\n', 2],
    ['a number for a text', 'plugins', 'example:\n  settings:\n    maxNotes: 10\n    title: [1]\n', 4],
    ['a number out of its range', 'plugins', 'example:\n  enabled: true\n  settings:\n    maxNotes: 0\n', 4],
  ])('marks the line of %s', async (title, schema, text, line) => {
    const file = fileOf(`${title.replaceAll(' ', '-')}.yaml`);
    const found = await editor.open(file, `# yaml-language-server: $schema=./schema.json#/$defs/${schema}\n${text}`);
    expect(found).toEqual([{ message: expect.any(String), line: line + 1 }]);
  });

  itWithServer('shows the description of an option that the pointer is on', async () => {
    const file = fileOf('hover.yaml');
    await editor.open(file, '# yaml-language-server: $schema=./schema.json#/$defs/panotti\nhttp:\n  port: 3000\n');
    expect(await editor.hover(file, 3, 4)).toContain('The port to listen on');
  });

  itWithServer("knows the settings of a plugin of one's own from the schema that `config schema` makes", async () => {
    const own = join(directory, 'own');
    const config = join(own, 'config');
    await mkdir(config, { recursive: true });
    await cp(join(ROOT, 'test/fixtures/plugins/greeter'), join(own, 'plugins/greeter'), { recursive: true });
    await writeFile(join(config, 'panotti.yaml'), 'plugins:\n  directories: [../plugins]\n');
    const args = [
      join(ROOT, 'dist/cli/panotti.js'),
      'config',
      'schema',
      '--config-dir',
      config,
      '--out',
      join(config, 'schema.json'),
    ];
    await run(process.execPath, args, { cwd: own });

    const file = join(config, 'plugins.yaml');
    expect(await editor.open(file, PLUGIN_FILE)).toEqual([]);
    expect(await editor.hover(file, 5, 7)).toContain('What is said first.');
    const wrong = await editor.open(
      join(config, 'wrong.yaml'),
      PLUGIN_FILE.replace('greeting: Welcome', 'greeting: [1]'),
    );
    expect(wrong).toEqual([{ message: expect.any(String), line: 5 }]);
  });
});
