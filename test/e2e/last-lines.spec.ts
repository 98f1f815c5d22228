import { spawn } from 'node:child_process';
import { join } from 'node:path';

const DIST = join(import.meta.dirname, '../../dist');

/** Writes faster than the pipe is read, and ends in the middle of it. */
const PROGRAM = `
  const { createRootLogger } = await import(${JSON.stringify(join(DIST, 'telemetry/log/root-logger.js'))});
  const { TelemetryOptions } = await import(${JSON.stringify(join(DIST, 'telemetry/telemetry.options.js'))});
  const logger = await createRootLogger(Object.assign(new TelemetryOptions(), { logFormat: process.argv[1] }), { isProduction: true });
  for (let line = 0; line < 5_000; line++) {
    logger.info({ padding: 'x'.repeat(100) }, 'line ' + line);
    // Lets a write in another thread begin, if there is one.
    if (line % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  logger.info('the last line');
  process.exit(0);
`;

describe('the log of a process that ends', () => {
  it.each(['json', 'pretty'])(
    'is complete and in order, also through a pipe that is read slowly (%s)',
    async (format) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, format], { cwd: join(DIST, '..') });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        child.stdout.pause();
        setTimeout(() => child.stdout.resume(), 2);
      });
      await new Promise((resolve) => child.once('close', resolve));
      const lines = text.trimEnd().split('\n');

      expect(lines).toHaveLength(5_001);
      expect(lines.at(-1)).toContain('the last line');
      expect(lines.every((line, index) => index === 5_000 || line.includes(`line ${index}`))).toBe(true);
    },
  );
});
