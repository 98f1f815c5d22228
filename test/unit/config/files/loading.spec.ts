import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsInt, IsString, Max } from 'class-validator';
import {
  DataDirectory,
  DataDirectoryError,
  describeProblem,
  loadConfiguration,
  locateDirectories,
  processEnvironment,
  type Configuration,
  type Environment,
} from '../../../../src/config/index.js';

class Http {
  @IsString() host = '127.0.0.1';
  @IsInt() @Max(9000) port = 3000;
}

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'panotti-config-'));
});
afterEach(() => rm(directory, { recursive: true }));

function load(environment: Environment = {}): Promise<Configuration> {
  return loadConfiguration(locateDirectories({ PANOTTI_CONFIG_DIR: directory }), environment);
}

function httpOf({ host }: Configuration): unknown {
  const { value, problems } = host.bind(Http, ['http']);
  return value ?? problems.map(describeProblem);
}

describe('the directories', () => {
  it('are config and data in the working directory unless variables name others', () => {
    expect(locateDirectories({}, '/srv')).toEqual({ configDirectory: '/srv/config', dataDirectory: '/srv/data' });
    expect(locateDirectories({ PANOTTI_CONFIG_DIR: 'etc', PANOTTI_DATA_DIR: '/var/lib/panotti' }, '/srv')).toEqual({
      configDirectory: '/srv/etc',
      dataDirectory: '/var/lib/panotti',
    });
  });
});

describe('the environment', () => {
  it('is a copy that later changes do not reach', () => {
    const environment = processEnvironment();
    process.env['PANOTTI_TEST_LATER'] = 'set';

    expect(environment['PANOTTI_TEST_LATER']).toBeUndefined();
    delete process.env['PANOTTI_TEST_LATER'];
  });
});

describe('loading', () => {
  it('takes missing files for empty ones', async () => {
    const { host, plugins } = await load();

    expect([host.problems, plugins.problems]).toEqual([[], []]);
    expect([host.valueAt([]), plugins.valueAt([])]).toEqual([{}, {}]);
  });

  it('reads both files and names them in reports', async () => {
    await writeFile(join(directory, 'panotti.yaml'), 'http: { port: 4000 }\n');
    await writeFile(join(directory, 'plugins.yaml'), 'example:\n  enabled: ${ON:-true}\n');
    const configuration = await load();

    expect(httpOf(configuration)).toEqual({ host: '127.0.0.1', port: 4000 });
    expect(configuration.plugins.valueAt(['example', 'enabled'])).toBe(true);
    expect(describeProblem(configuration.plugins.problemAt(['example'], 'm', 'key'))).toBe(
      `${join(directory, 'plugins.yaml')}:1:1  plugins.example: m`,
    );
  });

  it('shows a file inside the working directory as the operator would type it', async () => {
    const { host } = await loadConfiguration(locateDirectories({}), {});
    expect(host.problemAt(['x'], 'm').file).toBe(join('config', 'panotti.yaml'));
  });

  it('reports a file that cannot be read instead of taking it for empty', async () => {
    await mkdir(join(directory, 'panotti.yaml'));
    await writeFile(join(directory, 'plugins.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff]));
    const { host, plugins } = await load({ PORT: '80' });

    expect(host.problems).toMatchObject([{ line: 1, column: 1, message: 'cannot be read: it is not a file' }]);
    expect(plugins.problems).toMatchObject([{ message: 'cannot be read: it is not UTF-8 text' }]);
  });

  it('refuses a file above the limit without reading it', async () => {
    await writeFile(join(directory, 'panotti.yaml'), Buffer.alloc(1024 * 1024 + 1, 0x23));
    expect((await load()).host.problems).toMatchObject([{ message: 'cannot be read: the file is larger than 1 MiB' }]);
  });

  it('reports a folder that was asked for and does not exist', async () => {
    const environment = { PANOTTI_CONFIG_DIR: join(directory, 'nowhere') };
    const { host } = await loadConfiguration(locateDirectories(environment), environment);

    expect(host.problems.map(describeProblem)).toEqual([
      '(environment):1:1  PANOTTI_CONFIG_DIR: is not a folder that exists',
    ]);
  });
});

describe('PORT', () => {
  it('goes over http.port and leaves the rest of the section', async () => {
    await writeFile(join(directory, 'panotti.yaml'), 'http:\n  host: 0.0.0.0\n  port: 4000\n');
    expect(httpOf(await load({ PORT: '8080' }))).toEqual({ host: '0.0.0.0', port: 8080 });
  });

  it('needs no file', async () => {
    expect(httpOf(await load({ PORT: '0' }))).toEqual({ host: '127.0.0.1', port: 0 });
  });

  it.each(['', 'http', '80.0', '1e3', ' 80', '-1', '65536', '0x50'])(
    'must be a whole number: %p is a problem',
    async (PORT) => {
      expect(httpOf(await load({ PORT }))).toEqual(['(environment):1:1  PORT: must be a whole number from 0 to 65535']);
    },
  );

  it('is named when the class refuses its value', async () => {
    expect(httpOf(await load({ PORT: '9001' }))).toEqual(['(environment):1:1  PORT: must not be greater than 9000']);
  });

  it('does not hide what is wrong in the file', async () => {
    await writeFile(join(directory, 'panotti.yaml'), 'http: [1]\n');
    expect(httpOf(await load({ PORT: '80' }))).toEqual([
      `${join(directory, 'panotti.yaml')}:1:7  http: must be a map, but is a list`,
    ]);
    await writeFile(join(directory, 'panotti.yaml'), 'http: "\n');
    expect((await load({ PORT: '80' })).host.problems).toHaveLength(1);
    await writeFile(join(directory, 'panotti.yaml'), 'http: { port: "${UNSET}" }\n');
    expect((await load({ PORT: 'x' })).host.problems.map(({ path }) => path)).toEqual(['PORT', 'http.port']);
  });
});

describe('the data directory', () => {
  it('makes a folder for each plugin that only the server can enter', async () => {
    const folder = new DataDirectory(directory).forPlugin('noise-reduction');

    expect(folder).toBe(join(directory, 'plugins', 'noise-reduction'));
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(new DataDirectory(directory).forPlugin('noise-reduction')).toBe(folder);
  });

  it.each(['..', '.', 'a/b', '../x', '', 'a\\b', '/etc'])('never leaves its root: %p is no name', (name) => {
    expect(() => new DataDirectory(directory).forPlugin(name)).toThrow(RangeError);
  });

  it('says what to do when the folder cannot be made', async () => {
    await writeFile(join(directory, 'plugins'), '');
    expect(() => new DataDirectory(directory).forPlugin('example')).toThrow(DataDirectoryError);
  });
});
