import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DenoiseOutcome } from '../../../../src/plugins/noise-reduction/denoise.worker.js';
import { temporaryDirectories } from '../support/temporary-directory.js';
import { samplesOf, waveOf } from '../support/wave-bytes.js';

interface Report {
  readonly cleaned: DenoiseOutcome;
  readonly progress: readonly number[];
  /** Of the CPU time of the process while a file is cleaned. */
  readonly shareOfMainThread: number;
  readonly refused: DenoiseOutcome;
  readonly cancelled: string;
  readonly threads: number;
  readonly sizes: readonly [number, number];
}

const BUILT = fileURLToPath(new URL('../../../../dist/plugins/noise-reduction', import.meta.url));
const PROCESS = fileURLToPath(new URL('./pool-process.ts', import.meta.url));
const FIXTURE = new URL('../../../fixtures/audio/noisy-speech.wav', import.meta.url);
const newDirectory = temporaryDirectories();
let report: Report;

beforeAll(async () => {
  if (!existsSync(BUILT)) throw new Error('The pool is tested as it was built: run "npm run build" first.');
  const [audio, text] = [join(newDirectory(), 'long.wav'), join(newDirectory(), 'text.wav')];
  const once = samplesOf(readFileSync(FIXTURE));
  const samples = new Float32Array(once.length * 3);
  for (let i = 0; i < 3; i++) samples.set(once, i * once.length);
  writeFileSync(audio, waveOf(samples, 22_050));
  writeFileSync(text, 'this is no audio, but it is long enough to look at');
  const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, BUILT, audio, text]);
  report = JSON.parse(stdout) as Report;
});

describe('the pool of worker threads', () => {
  it('cleans a file and tells of each tenth, in order, before it is done', () => {
    expect(report.cleaned).toMatchObject({
      kind: 'cleaned',
      result: { durationSeconds: expect.closeTo(33, 0) as number },
    });
    expect(report.progress).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it('keeps the event loop of the server free meanwhile: the thread of the event loop does next to nothing of the work', () => {
    expect(report.shareOfMainThread).toBeLessThan(0.25);
  });

  it('hands a refusal over as a result, with its reason', () => {
    expect(report.refused).toEqual({
      kind: 'refused',
      reason: 'The file is no WAV file: it does not begin with a RIFF/WAVE header.',
    });
  });

  it('ends the thread when its work is cancelled: nothing is written any more', () => {
    const [first, later] = report.sizes;

    expect(report.cancelled).toBe('Error: cancelled by the test');
    expect(report.threads).toBe(0);
    expect(later).toBe(first);
    expect(later).toBeLessThan(33 * 48_000 * 2);
  });
});
