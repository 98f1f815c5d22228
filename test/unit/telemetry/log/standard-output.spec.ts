import { StandardOutput } from '../../../../src/telemetry/log/standard-output.js';
import { FakeClock } from '../../../support/fake-clock.js';

/** A pipe with room for so many bytes until somebody reads. */
class Pipe {
  text = '';
  error: string | undefined;

  constructor(public room: number) {}

  readonly write = (bytes: Uint8Array): number => {
    if (this.error !== undefined || this.room === 0)
      throw Object.assign(new Error('cannot write'), { code: this.error ?? 'EAGAIN' });
    const written = Math.min(bytes.length, this.room);
    this.room -= written;
    this.text += Buffer.from(bytes.subarray(0, written)).toString();
    return written;
  };
}

const exitListeners = process.listenerCount('exit');

describe('the standard output', () => {
  it('writes a line at once', () => {
    const pipe = new Pipe(100);
    const clock = new FakeClock();
    new StandardOutput(pipe.write, clock).write('one\n');

    expect([pipe.text, clock.pendingTimers, process.listenerCount('exit')]).toEqual(['one\n', 0, exitListeners]);
  });

  it('keeps what does not fit, without waiting for the reader, and writes it in order when there is room', async () => {
    const pipe = new Pipe(6);
    const clock = new FakeClock();
    const output = new StandardOutput(pipe.write, clock, () => {
      throw new Error('the thread must not wait');
    });
    for (const line of ['one\n', 'zwölf\n', 'three\n']) output.write(line);
    expect(pipe.text).toBe('one\nzw');

    pipe.room = 2;
    await clock.advance(5);
    pipe.room = 100;
    output.write('four\n');
    await clock.advance(5);
    expect(pipe.text).toBe('one\nzwölf\nthree\nfour\n');
    expect([clock.pendingTimers, process.listenerCount('exit')]).toEqual([0, exitListeners]);
  });

  it('writes what it keeps before the process ends, as far as the reader takes it within two seconds', () => {
    const pipe = new Pipe(2);
    let pauses = 0;
    const output = new StandardOutput(pipe.write, new FakeClock(), () => {
      pauses++;
      pipe.room = 1;
    });
    output.write('one\n');
    process.listeners('exit').at(-1)?.(0);
    expect([pipe.text, pauses]).toEqual(['one\n', 2]);

    output.write('x'.repeat(10_000));
    process.listeners('exit').at(-1)?.(0);
    expect(pauses).toBeLessThanOrEqual(402);
  });

  it('drops lines once eight megabytes wait, goes on, and says how many were lost', async () => {
    const pipe = new Pipe(0);
    const clock = new FakeClock();
    const output = new StandardOutput(pipe.write, clock);
    for (let line = 0; line < 12; line++) output.write(`${line}${'x'.repeat(1024 * 1024)}\n`);
    pipe.room = 100_000_000;
    await clock.advance(5);
    output.write('after\n');

    const lines = pipe.text.split('\n');
    expect(lines.map((line) => line.slice(0, 1))).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '{', 'a', '']);
    expect(JSON.parse(lines[8] ?? '')).toMatchObject({
      level: 'warn',
      msg: '4 lines were lost here: the reader of the log was too slow.',
    });
  });

  it.each(['EPIPE', 'ENOSPC'])('is not the end of the process when it fails for good: %s', (code) => {
    const pipe = new Pipe(100);
    const output = new StandardOutput(pipe.write, new FakeClock());
    pipe.error = code;
    output.write('lost\n');
    pipe.error = undefined;
    output.write('later\n');

    // Who reads a pipe does not come back; room on a disk may.
    expect(pipe.text).toBe(code === 'EPIPE' ? '' : 'later\n');
  });
});
