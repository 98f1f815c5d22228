import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecretInput } from '../../../../src/cli/command/surroundings.js';
import { ConfigurationDocument, newKey } from '../../../../src/config/index.js';
import { type Ran, runCommand } from '../../../support/run-command.js';

const KEY = newKey();

class FakeInput implements SecretInput {
  readonly prompts: string[] = [];
  readonly #given: (string | undefined)[];

  constructor(
    readonly isInteractive: boolean,
    ...given: (string | undefined)[]
  ) {
    this.#given = given;
  }

  read(prompt: string): Promise<string | undefined> {
    this.prompts.push(prompt);
    return Promise.resolve(this.#given.shift());
  }
}

interface Setup {
  readonly input?: SecretInput;
  readonly environment?: Readonly<Record<string, string>>;
}

function run(args: readonly string[], { input, environment = { PANOTTI_CONFIG_KEY: KEY } }: Setup = {}): Promise<Ran> {
  return runCommand(['config', ...args], { environment, shipped: '/absent', input });
}

function decrypted(yaml: string, key: string): unknown {
  return ConfigurationDocument.parse({
    file: 'f.yaml',
    text: `a: ${yaml}`,
    environment: { PANOTTI_CONFIG_KEY: key },
  }).valueAt(['a']);
}

describe('panotti config encrypt', () => {
  it.each(['hunter2', 'hunter2\n', 'hunter2\r\n'])(
    'prints what to write in YAML for %j from the standard input',
    async (given) => {
      const { code, out, err } = await run(['encrypt'], { input: new FakeInput(false, given) });

      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/^!encrypted v1\.\S+\n$/);
      expect(decrypted(out, KEY)).toBe('hunter2');
    },
  );

  it('asks twice where somebody types', async () => {
    const input = new FakeInput(true, 'hunter2', 'hunter2');
    const { code, out } = await run(['encrypt'], { input });

    expect([code, decrypted(out, KEY)]).toEqual([0, 'hunter2']);
    expect(input.prompts).toEqual(['Secret (not shown): ', 'The same again: ']);
  });

  it.each([
    ['two that differ', new FakeInput(true, 'hunter2', 'hunter3'), 'The two are not the same.'],
    ['nothing', new FakeInput(false, '\n'), 'The secret is empty.'],
    ['a prompt that was given up', new FakeInput(true, undefined), 'No secret was read'],
    ['no input at all', undefined, 'No secret was read'],
  ])('ends with 64 on %s', async (_what, input, message) => {
    const { code, out, err } = await run(['encrypt'], { ...(input && { input }) });

    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain(message);
    expect(err).not.toContain('hunter');
  });

  it.each([[['hunter2']], [['--value=hunter2']], [['--secret', 'hunter2']], [['-s', 'hunter2']], [['--', 'hunter2']]])(
    'takes no secret from the command line, says why, and does not repeat it: %j',
    async (args) => {
      const { code, out, err } = await run(['encrypt', ...args], { input: new FakeInput(false, 'other') });

      expect({ code, out }).toEqual({ code: 64, out: '' });
      expect(err).toContain('takes nothing from the command line: every user of the machine can read it there');
      expect(err).not.toContain('hunter');
    },
  );

  it.each([
    [{}, 'no key is set'],
    [{ PANOTTI_CONFIG_KEY: 'wrong-key' }, 'PANOTTI_CONFIG_KEY must hold 32 bytes'],
    [{ PANOTTI_CONFIG_KEY_FILE: '/absent' }, 'cannot be read'],
  ])('ends with 78, and reads no secret, without a usable key: %j', async (environment, message) => {
    const input = new FakeInput(false, 'hunter2');
    const { code, out, err } = await run(['encrypt'], { input, environment });

    expect({ code, out, prompts: input.prompts }).toEqual({ code: 78, out: '', prompts: [] });
    expect(err).toMatch(/^CONFIGURATION_KEY_UNUSABLE {2}/);
    expect(err).toContain(message);
    expect(err).not.toContain('wrong-key');
  });
});

describe('panotti config new-key', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'panotti-cli-key-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('prints a key that works, another one each time', async () => {
    const [first, second] = [await run(['new-key']), await run(['new-key'])];
    const { out } = await run(['encrypt'], {
      input: new FakeInput(false, 'hunter2'),
      environment: { PANOTTI_CONFIG_KEY: first.out },
    });

    expect([first.code, decrypted(out, first.out)]).toEqual([0, 'hunter2']);
    expect(decrypted(out, second.out)).toBeUndefined();
    expect(first.err).not.toContain(first.out.trim());
  });

  it('writes it to a new file for its owner alone, and prints it nowhere', async () => {
    const file = join(folder, 'config.key');
    const { code, out, err } = await run(['new-key', '--out', file]);

    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(err).toContain('PANOTTI_CONFIG_KEY_FILE');
    expect(err).not.toContain((await readFile(file, 'utf8')).trim());
  });

  it('never overwrites a file, and says when it cannot write one', async () => {
    const file = join(folder, 'config.key');
    await run(['new-key', '--out', file]);
    const before = await readFile(file, 'utf8');

    expect(await run(['new-key', '--out', file])).toMatchObject({
      code: 64,
      err: expect.stringContaining('exists already'),
    });
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await run(['new-key', '--out', join(folder, 'absent/key')])).toMatchObject({
      code: 74,
      err: expect.stringContaining('ENOENT'),
    });
  });
});

describe('panotti config', () => {
  it('prints help with examples, and ends with 64 on wrong usage', async () => {
    for (const args of [['--help'], ['encrypt', '--help'], ['new-key', '--help']]) {
      expect(await run(args)).toMatchObject({
        code: 0,
        err: '',
        out: expect.stringMatching(/Usage: panotti config[^]*Examples:/),
      });
    }
    expect(await run([])).toMatchObject({ code: 64, out: '' });
    expect(await run(['new-key', 'extra'])).toMatchObject({ code: 64, out: '' });
    expect(await run(['new-key', '--ot', 'x'])).toMatchObject({ code: 64, out: '' });
  });
});
