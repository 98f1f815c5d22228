import { prettyOutput } from '../../../../src/telemetry/log/pretty-output.js';

const missing = Object.assign(new Error("Cannot find package 'pino-pretty'"), { code: 'ERR_MODULE_NOT_FOUND' });

describe('pretty output', () => {
  it('is given up without an error where pino-pretty is not installed', async () => {
    await expect(
      prettyOutput({ output: undefined, isTerminal: true, load: () => Promise.reject(missing) }),
    ).resolves.toBeUndefined();
  });

  it('does not hide another error of the package', async () => {
    const broken = new SyntaxError('broken');

    await expect(
      prettyOutput({ output: undefined, isTerminal: true, load: () => Promise.reject(broken) }),
    ).rejects.toBe(broken);
  });
});
