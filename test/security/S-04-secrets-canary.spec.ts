/**
 * S-04: a canary in every source of secrets must not turn up in any sink, in any encoding. Each sink must show the plain text that the
 * same plugin put beside its secrets, so that no sink passes because nothing came.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { ConsoleLogger } from '@nestjs/common';
import { ConfigurationDocument, encryptText, newKey, requireKey } from '../../src/config/index.js';
import { Secret } from '../../src/index.js';
import { canariesIn, canary, ENCODINGS } from '../support/canary.js';
import { type CommandLine, CommandShell } from '../support/command-shell.js';
import { ServerProcess, type ServerSetup } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const KEY = newKey();
const PLAIN = `plain-${randomBytes(9).toString('hex')}`;
const CANARIES = {
  literal: canary(),
  variable: canary(),
  encrypted: canary(),
  fallback: canary(),
  file: canary(),
  'list item': canary(),
  'password in a URL': canary(),
  'authorization header': canary(),
  cookie: canary(),
  'standard input': canary(),
  'refused setting': canary(),
  'value of an unknown key': canary(),
  'text of a wrong line': canary(),
  'key of encrypted values': KEY,
};

const ENVIRONMENT = {
  PANOTTI_CONFIG_KEY: KEY,
  CANARY_VARIABLE: CANARIES.variable,
  CANARY_FALLBACK: CANARIES.fallback,
  CANARY_PASSWORD: CANARIES['password in a URL'],
};

const SECRET_FOLDER = mkdtempSync(join(tmpdir(), 'panotti-canary-'));
const SECRET_FILE = join(SECRET_FOLDER, 'secret.txt');
writeFileSync(SECRET_FILE, `${CANARIES.file}\n`);

const HOST = 'plugins: { directories: [../plugins] }\ntelemetry: { watchdog: false }\nhealth: { details: true }\n';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const SECTION = `tells-secrets:
  settings:
    plain: ${PLAIN}
    literal: ${quoted(CANARIES.literal)}
    variable: \${CANARY_VARIABLE}
    encrypted: !encrypted ${encryptText(CANARIES.encrypted, requireKey(ENVIRONMENT).key)}
    file: \${file:${SECRET_FILE}}
    keys: [${quoted(CANARIES['list item'])}]
    database: { url: 'postgres://me:\${CANARY_PASSWORD}@host/db' }
`;

const BROKEN_SECTION = `${SECTION}    fallback: [${quoted(CANARIES['refused setting'])}]
    tokn: ${quoted(CANARIES['value of an unknown key'])}
`;

const SETUP: ServerSetup = {
  panotti: HOST,
  plugins: SECTION,
  pluginFolders: ['tells-secrets'],
  env: ENVIRONMENT,
  nodeArgs: ['--report-on-signal', '--report-directory=.', '--report-filename=report.json'],
};

/** Commands, and what each must show. */
const ABOUT_CONFIGURATION: readonly [readonly string[], string][] = [
  [['check'], 'settings.literal: is a secret that stands in the file'],
  [['check', '--json'], 'settings.literal'],
  [['show', 'tells-secrets'], PLAIN],
  [['show', 'tells-secrets', '--json'], PLAIN],
  [['explain', 'plugins.tells-secrets.settings.literal'], '[secret]'],
  [['explain', 'plugins.tells-secrets.settings.file'], '[secret]'],
  [['docs', 'tells-secrets'], 'fallback'],
  [['init', 'tells-secrets'], 'fallback'],
  [['schema'], 'TellsSecretsConfig'],
];

/** What each sink wrote, by its name; the second part says what must be in it. */
const sinks = new Map<string, { text: string; proof: string }>();

async function get(server: ServerProcess, path: string, method = 'GET'): Promise<string> {
  const headers = {
    authorization: `Bearer ${CANARIES['authorization header']}`,
    cookie: `session=${encodeURIComponent(CANARIES.cookie)}`,
  };
  const response = await fetch(`${server.url}${path}`, { method, headers });
  return `${JSON.stringify(Object.fromEntries(response.headers))}\n${await response.text()}`;
}

/** Makes a process believe that a person reads its errors. */
const ON_A_TERMINAL = ['--import', 'data:text/javascript,process.stderr.isTTY=true'];

const environmentOf = (server: ServerProcess): Record<string, string> => ({
  ...ENVIRONMENT,
  PANOTTI_CONFIG_DIR: join(server.directory, 'config'),
});

/** A command in a process of its own. */
function panotti(
  server: ServerProcess,
  args: readonly string[],
  input = '',
  nodeArgs: readonly string[] = [],
): Promise<string> {
  const env = { ...process.env, ...environmentOf(server) };
  return new Promise((resolve) => {
    const command = join(import.meta.dirname, '../../dist/cli/panotti.js');
    const child = execFile(process.execPath, [...nodeArgs, command, ...args], { env }, (_error, stdout, stderr) =>
      resolve(`${stdout}\n${stderr}`),
    );
    child.stdin?.end(input);
  });
}

/** Everything below the folder of the data, as text. */
async function filesBelow(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const read = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), 'latin1'));
  return [files.map(({ name }) => name), ...(await Promise.all(read))].join('\n');
}

async function fillFromServer(server: ServerProcess): Promise<void> {
  const add = (name: string, text: string, proof: string): void => void sinks.set(name, { text, proof });
  const routes = '/api/tells-secrets';
  for (const path of ['/answer', '/inspected', '/uncustomized', '/expected', '/report'])
    add(`GET ${path}`, await get(server, routes + path), PLAIN);
  add('GET /unexpected', await get(server, `${routes}/unexpected`), 'Internal server error');
  add('POST /published', await get(server, `${routes}/published`, 'POST'), 'is a Secret, which no event may carry');
  for (const path of ['/health', '/health/plugins/tells-secrets']) add(`GET ${path}`, await get(server, path), PLAIN);
  add('GET /health/ready', await get(server, '/health/ready'), 'status');
  add('GET /metrics', await get(server, '/metrics'), PLAIN);
  add('GET /docs-json', await get(server, '/docs-json'), 'plain-in-the-documentation');
  server.signal('SIGUSR2');
  const report = join(server.directory, 'report.json');
  await waitFor(async () => (await readFile(report, 'utf8').catch(() => '')).endsWith('}\n') || undefined);
  add('report of the process', await readFile(report, 'utf8'), 'javascriptHeap');
  server.signal('SIGTERM');
  await server.exitCode();
  add('JSON log', server.stdout, PLAIN);
  add('data directory', await filesBelow(join(server.directory, 'data')), PLAIN);
}

async function fillFromCommands(server: ServerProcess): Promise<void> {
  await using shell = new CommandShell(environmentOf(server));
  const add = (name: string, text: string, proof: string): void => void sinks.set(name, { text, proof });
  const inShell = async (args: readonly string[], line: Partial<CommandLine> = {}): Promise<string> => {
    const { out, err } = await shell.run(args, line);
    return `${out}\n${err}`;
  };
  add('panotti plugins list', await panotti(server, ['plugins', 'list']), 'tells-secrets');
  for (const args of [['list', '--json'], ['graph'], ['graph', '--format', 'mermaid'], ['graph', '--format', 'json']]) {
    add(`panotti plugins ${args.join(' ')}`, await inShell(['plugins', ...args]), 'tells-secrets');
  }
  const secret = CANARIES['standard input'];
  add('panotti config encrypt', await panotti(server, ['config', 'encrypt'], secret), '!encrypted v1.');
  add(
    'panotti config encrypt <secret>',
    await inShell(['config', 'encrypt', secret]),
    'takes nothing from the command line',
  );
  for (const [args, proof] of ABOUT_CONFIGURATION)
    add(`panotti config ${args.join(' ')}`, await inShell(['config', ...args]), proof);
  add('code frames of warnings', await inShell(['config', 'check'], { isInteractive: true }), 'literal: [masked]');
  await writeFile(join(server.directory, 'config/plugins.yaml'), BROKEN_SECTION);
  add('code frames of problems', await panotti(server, ['config', 'check'], '', ON_A_TERMINAL), 'tokn: [masked]');
  add(
    'report of wrong settings',
    await inShell(['plugins', 'list', '--strict']),
    'settings.fallback: must be a text, but is a list',
  );
  await writeFile(
    join(server.directory, 'config/plugins.yaml'),
    `${SECTION}  "${CANARIES['text of a wrong line'].replaceAll('"', '')}`,
  );
  add('report of a syntax error', await inShell(['plugins', 'list']), '(yaml)');
}

async function fillFromOtherServers(): Promise<void> {
  await using pretty = await ServerProcess.spawn({
    ...SETUP,
    panotti: HOST.replace('{ watchdog', '{ logFormat: pretty, watchdog'),
  });
  await waitFor(() => pretty.stdout.includes('plugins are ready.') || undefined);
  sinks.set('text log', { text: pretty.stdout, proof: PLAIN });
  await using strict = await ServerProcess.spawn({ ...SETUP, plugins: BROKEN_SECTION, args: ['--strict'] });
  expect(await strict.exitCode()).toBe(78);
  sinks.set('strict server with wrong settings', {
    text: strict.stdout + strict.stderr,
    proof: 'settings.fallback: must be a text, but is a list',
  });
}

describe('S-04: a secret', () => {
  let childEnvironment = '';

  beforeAll(async () => {
    await using server = await ServerProcess.started(SETUP);
    childEnvironment = await get(server, '/api/tells-secrets/child');
    await fillFromServer(server);
    await fillFromCommands(server);
    await fillFromOtherServers();
  });

  afterAll(() => rm(SECRET_FOLDER, { recursive: true }));

  it.each([
    'JSON log',
    'text log',
    'GET /answer',
    'GET /inspected',
    'GET /uncustomized',
    'GET /expected',
    'GET /unexpected',
    'GET /report',
    'report of the process',
    'POST /published',
    'GET /health',
    'GET /health/plugins/tells-secrets',
    'GET /health/ready',
    'GET /metrics',
    'GET /docs-json',
    'data directory',
    'panotti plugins list',
    'panotti plugins list --json',
    'panotti plugins graph',
    'panotti plugins graph --format mermaid',
    'panotti plugins graph --format json',
    'panotti config encrypt',
    'panotti config encrypt <secret>',
    ...ABOUT_CONFIGURATION.map(([args]) => `panotti config ${args.join(' ')}`),
    'code frames of warnings',
    'code frames of problems',
    'report of wrong settings',
    'report of a syntax error',
    'strict server with wrong settings',
  ])('of any source, in any encoding, is not in: %s', (name) => {
    const sink = sinks.get(name);

    expect(sink?.text).toContain(sink?.proof);
    expect(canariesIn(sink?.text ?? '', CANARIES)).toEqual([]);
  });

  it('is warned of where it stands in the file, with its place and what to write instead', () => {
    const { text = '' } = sinks.get('JSON log') ?? {};
    const warnings = text.split('\n').filter((line) => line.includes('The configuration has'));

    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /2 warnings:.*plugins\.yaml:4:14 {2}plugins\.tells-secrets\.settings\.literal: is a secret that stands in the file/,
    );
    expect(warnings[0]).toMatch(
      /plugins\.yaml:8:12 {2}plugins\.tells-secrets\.settings\.keys\[0\]: is a secret that stands in the file/,
    );
  });

  it('is the key of encrypted values, which programs that a plugin starts do not inherit', () => {
    expect(childEnvironment).toContain('CANARY_VARIABLE');
    expect(canariesIn(childEnvironment, { key: KEY })).toEqual([]);
  });
});

describe('the search for canaries', () => {
  const secret = canary();

  it.each<[(typeof ENCODINGS)[number], string]>([
    ['raw', `x${secret}y`],
    ['base64', Buffer.from(`x${secret}yz`).toString('base64')],
    ['base64', Buffer.from(`xy${secret}`).toString('base64url')],
    ['hex', Buffer.from(`x${secret}`).toString('hex').toUpperCase()],
    ['url', new URLSearchParams({ a: secret }).toString().replaceAll('+', '%20')],
    ['url', encodeURIComponent(secret)],
    ['json', JSON.stringify({ secret })],
    ['json', JSON.stringify({ log: JSON.stringify({ secret }) })],
    ['first 8 characters', `${secret.slice(0, 8)}…`],
  ])('finds one as %s', (encoding, text) => {
    expect(canariesIn(text, { secret })).toContain(`secret as ${encoding}`);
  });

  it('finds a plain text in what the stock logger of Nest writes, an authorization header and a URL there, and no Secret', async () => {
    const plain = { text: canary(), header: canary(), url: canary() };
    const written: string[] = [];
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
    const logger = new ConsoleLogger({ colors: false });
    logger.log(`the password is ${plain.text}`);
    logger.log({ headers: { authorization: plain.header } });
    logger.log(new Error(`connect to postgres://me:${plain.url}@host/db`));
    logger.log({ secret: new Secret(secret), text: `${new Secret(secret)}` });
    write.mockRestore();
    const found = canariesIn(written.join(''), { ...plain, secret });

    expect(Object.keys(plain).filter((name) => found.includes(`${name} as first 8 characters`))).toEqual(
      Object.keys(plain),
    );
    expect(found.filter((hit) => hit.startsWith('secret'))).toEqual([]);
  });

  it('finds what is in the tree of the configuration itself, where nothing prints it', () => {
    const document = ConfigurationDocument.parse({ file: 'f.yaml', text: SECTION, environment: ENVIRONMENT });

    expect(canariesIn(JSON.stringify(document.valueAt([])), CANARIES)).toEqual(
      expect.arrayContaining([
        'literal as json',
        'variable as json',
        'encrypted as json',
        'list item as json',
        'password in a URL as json',
      ]),
    );
    expect(canariesIn(JSON.stringify(document), CANARIES)).toEqual([]);
  });
});
