import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CleanedRecordings } from '../../../../src/plugins/noise-reduction/cleaned-recordings.js';
import type { DenoisePool, PoolJob } from '../../../../src/plugins/noise-reduction/denoise-pool.js';
import type { DenoiseOutcome } from '../../../../src/plugins/noise-reduction/denoise.worker.js';
import { NoiseReductionConfig, NoiseReductionPlugin } from '../../../../src/plugins/noise-reduction/index.js';
import { RecordingCleaner } from '../../../../src/plugins/noise-reduction/recording-cleaner.js';
import { eventContext, pluginContext, PublishedEvents } from '../support/plugin-surroundings.js';
import { waitFor } from '../../../support/wait-for.js';
import { temporaryDirectories } from '../support/temporary-directory.js';

const ID = '3b241101-e2bb-4255-8caf-4136c566a962';
const newDirectory = temporaryDirectories();

const cleaned: DenoiseOutcome = {
  kind: 'cleaned',
  result: { durationSeconds: 2, speechSeconds: 1, segments: [{ start: 0.5, end: 1.5 }], realTimeFactor: 40 },
};

/** A plugin whose worker threads are replaced by `work`. */
async function plugin(work: (job: PoolJob) => Promise<DenoiseOutcome>, settings: Partial<NoiseReductionConfig> = {}) {
  const directory = newDirectory();
  const source = join(directory, 'recording.wav');
  writeFileSync(source, 'noisy');
  const config = Object.assign(new NoiseReductionConfig(), settings);
  const stopping = new AbortController();
  const context = pluginContext(directory, stopping.signal);
  const files = new CleanedRecordings(config, context);
  const published = new PublishedEvents();
  let calls = 0;
  const pool = {
    load: { threads: 0, waiting: 0 },
    clean: (job: PoolJob) => {
      calls += 1;
      return work(job);
    },
    // The plugin uses nothing else of the pool.
  } as unknown as DenoisePool;
  const cleaner = new RecordingCleaner(config, pool, files, published.publisher, context);
  const built = new NoiseReductionPlugin(cleaner, files, pool, published.publisher);
  await built.onModuleInit();
  const clean = (event = eventContext(), recordingId = ID): Promise<void> =>
    built.clean({ recordingId, file: source }, event);
  /** As the host does after the drain: the signal, then the hooks. */
  const stop = (): Promise<void> => {
    stopping.abort(new Error('the plugin stops'));
    return cleaner.onModuleDestroy();
  };
  return {
    built,
    clean,
    stop,
    directory,
    source,
    published,
    calls: () => calls,
    list: (folder: string) => readdirSync(join(directory, folder)).sort(),
  };
}

async function fill({ target, onProgress }: PoolJob): Promise<DenoiseOutcome> {
  appendFileSync(target, 'clean');
  onProgress(50);
  onProgress(100);
  return cleaned;
}

function untilAborted({ target, signal }: PoolJob): Promise<DenoiseOutcome> {
  appendFileSync(target, 'half');
  return new Promise((_, reject) => {
    // On a slow machine the deadline has passed before the work begins.
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

describe('the noise-reduction plugin', () => {
  it('writes the cleaned audio and the stretches of speech, and publishes the progress and the end in order', async () => {
    const { clean, directory, source, published, list } = await plugin(fill);
    await clean();

    const file = join(directory, 'cleaned', `${ID}.wav`);
    const segmentsFile = join(directory, 'cleaned', `${ID}.segments.json`);
    expect(published.all).toEqual([
      { event: 'NoiseReductionProgressed', recordingId: ID, percent: 50 },
      { event: 'NoiseReductionProgressed', recordingId: ID, percent: 100 },
      {
        event: 'NoiseReductionCompleted',
        recordingId: ID,
        file,
        segmentsFile,
        durationSeconds: 2,
        speechSeconds: 1,
        realTimeFactor: 40,
      },
    ]);
    expect(readFileSync(file, 'utf8')).toBe('clean');
    expect(JSON.parse(readFileSync(segmentsFile, 'utf8'))).toMatchObject({
      recordingId: ID,
      source: { bytes: 5 },
      segments: [{ start: 0.5, end: 1.5 }],
    });
    expect(readFileSync(source, 'utf8')).toBe('noisy');
    expect(list('incoming')).toEqual([]);
  });

  it('refuses what is no audio, once, and leaves nothing', async () => {
    const { clean, published, calls, list } = await plugin(async () => ({
      kind: 'refused',
      reason: 'The file is no WAV file.',
    }));
    await clean();

    expect(published.all).toEqual([
      { event: 'NoiseReductionRejected', recordingId: ID, reason: 'The file is no WAV file.' },
    ]);
    expect([calls(), list('cleaned'), list('incoming')]).toEqual([1, [], []]);
  });

  it('answers from what is there when the recording has not changed, and cleans it again when it has', async () => {
    const { clean, source, published, calls } = await plugin(fill);
    await clean();
    await clean();
    expect(calls()).toBe(1);
    expect(published.all.filter(({ event }) => event === 'NoiseReductionCompleted').length).toBe(2);

    writeFileSync(source, 'other audio');
    await clean();
    expect(calls()).toBe(2);
  });

  it('cleans again each time when caching is off, and tells no progress when that is off', async () => {
    const { clean, published, calls } = await plugin(fill, {
      featureFlags: { enableCaching: false, enableProgress: false },
    });
    await clean();
    await clean();

    expect(calls()).toBe(2);
    expect(published.all.map(({ event }) => event)).toEqual(['NoiseReductionCompleted', 'NoiseReductionCompleted']);
  });

  it('tries again after a failure that may pass', async () => {
    let failures = 0;
    const { clean, calls, published } = await plugin(async (job) => {
      if (failures++ === 0) throw new Error('ENOSPC');
      return fill(job);
    });
    await clean();

    expect(calls()).toBe(2);
    expect(published.all.at(-1)).toMatchObject({ event: 'NoiseReductionCompleted' });
  });

  it('gives up when the retries are used up, and leaves nothing', async () => {
    const { clean, calls, list } = await plugin(() => Promise.reject(new Error('ENOSPC')), { retryCount: 0 });

    await expect(clean()).rejects.toThrow('ENOSPC');
    expect([calls(), list('cleaned'), list('incoming')]).toEqual([1, [], []]);
  });

  it('stops the work at its own deadline, and leaves nothing', async () => {
    const { clean, calls, list } = await plugin(untilAborted, { timeout: 0.05 });

    await expect(clean()).rejects.toThrow(`Recording ${ID} was not cleaned within 0.05 s.`);
    expect([calls(), list('cleaned'), list('incoming')]).toEqual([1, [], []]);
  });

  it('stops the work when its event is cancelled, and leaves nothing', async () => {
    const cancel = new AbortController();
    const { clean, calls, list } = await plugin((job) => {
      queueMicrotask(() => cancel.abort(new Error('the plugin stops')));
      return untilAborted(job);
    });

    await expect(clean(eventContext(cancel.signal))).rejects.toThrow('the plugin stops');
    expect([calls(), list('cleaned'), list('incoming')]).toEqual([1, [], []]);
  });

  it('has tidied up when it has stopped in the middle of its work', async () => {
    const { clean, stop, list } = await plugin(untilAborted);
    const outcome = clean().catch(String);
    await waitFor(() => list('incoming').length === 1);
    await stop();

    expect(list('incoming')).toEqual([]);
    expect(await outcome).toBe('Error: the plugin stops');
  });

  it('accepts no path in the place of an id, and no relative file', async () => {
    const { built, clean, calls } = await plugin(fill);

    await expect(clean(eventContext(), '../../escape')).rejects.toThrow('names no recording');
    await expect(built.clean({ recordingId: ID, file: 'relative.wav' }, eventContext())).rejects.toThrow(
      'names no recording',
    );
    expect(calls()).toBe(0);
  });

  it('removes what an earlier process left half-written', async () => {
    const { built, directory, list } = await plugin(fill);
    writeFileSync(join(directory, 'incoming', 'half.wav'), 'half');
    await built.onModuleInit();

    expect(list('incoming')).toEqual([]);
  });

  it('is well while its folder can be written', async () => {
    const { built, list } = await plugin(fill);

    expect(await built.canClean()).toEqual({ threads: 0, waiting: 0 });
    expect(list('incoming')).toEqual([]);
  });
});
