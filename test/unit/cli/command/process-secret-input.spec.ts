import { PassThrough } from 'node:stream';
import { ProcessSecretInput } from '../../../../src/cli/command/process-secret-input.js';

class Keyboard extends PassThrough {
  readonly isTTY = true;
  readonly rawModes: boolean[] = [];

  setRawMode(isRaw: boolean): this {
    this.rawModes.push(isRaw);
    return this;
  }
}

function written(stream: PassThrough): string {
  return String(stream.read() ?? '');
}

describe('reading a secret', () => {
  it('shows nothing of what is typed, and lets the terminal not show it either', async () => {
    const keyboard = new Keyboard();
    const screen = new PassThrough();
    // A fake terminal has of a real one what readline uses.
    const input = new ProcessSecretInput(keyboard as unknown as NodeJS.ReadStream, screen);
    const reading = input.read('Secret: ');
    keyboard.write('huntr\u007fer2\r');

    expect(await reading).toBe('hunter2');
    expect(input.isInteractive).toBe(true);
    expect(written(screen)).toBe('Secret: \n');
    expect(keyboard.rawModes).toEqual([true, false]);
  });

  it.each(['\u0003', '\u0004'])('gives up on Control-C and Control-D: %j', async (key) => {
    const keyboard = new Keyboard();
    const input = new ProcessSecretInput(keyboard as unknown as NodeJS.ReadStream, new PassThrough());
    const reading = input.read('Secret: ');
    keyboard.write(key);

    expect(await reading).toBeUndefined();
    expect(keyboard.rawModes.at(-1)).toBe(false);
  });

  it.each<[string, Buffer, string | undefined]>([
    ['all of a pipe, with its line breaks', Buffer.from('hün\nter2\n'), 'hün\nter2\n'],
    ['nothing of a pipe that is not UTF-8', Buffer.from([0xff, 0xfe]), undefined],
    ['nothing of a pipe with more than 64 KiB', Buffer.alloc(64 * 1024 + 1, 97), undefined],
    ['64 KiB', Buffer.alloc(64 * 1024, 97), 'a'.repeat(64 * 1024)],
  ])('takes %s', async (_what, bytes, text) => {
    const pipe = new PassThrough();
    const screen = new PassThrough();
    pipe.end(bytes);

    expect(await new ProcessSecretInput(pipe as unknown as NodeJS.ReadStream, screen).read('Secret: ')).toBe(text);
    expect(written(screen)).toBe('');
  });
});
