/**
 * Uses the built pool as the plugin does and prints what happened as JSON. A process of its own, because worker threads load the built
 * JavaScript, which Jest does not see. Arguments: the folder of the built plugin, a long WAV file, a file that is no audio.
 */
import { statSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { waitFor } from '../../../support/wait-for.ts';

const [, , folder = '', audio = '', text = ''] = process.argv;
const load = (file: string): Promise<unknown> => import(pathToFileURL(`${folder}/${file}`).href);
const { DenoisePool } = (await load(
  'denoise-pool.js',
)) as typeof import('../../../../src/plugins/noise-reduction/denoise-pool.js');
const { NoiseReductionConfig } = (await load(
  'noise-reduction.config.js',
)) as typeof import('../../../../src/plugins/noise-reduction/index.js');

const releases: (() => unknown)[] = [];
const context = { adopt: (pool: unknown, release: (pool: unknown) => unknown) => releases.push(() => release(pool)) };
// The pool uses nothing else of its context.
const pool = new DenoisePool(Object.assign(new NoiseReductionConfig(), { threads: 1 }), context as never);

const never = new AbortController().signal;
const job = { source: audio, target: `${audio}.clean`, maxDurationSeconds: 600, signal: never };
const newTarget = (target = job.target): void => writeFileSync(target, '');

newTarget();
const progress: number[] = [];
const [mainBefore, allBefore] = [process.threadCpuUsage(), process.cpuUsage()];
const cleaned = await pool.clean({ ...job, onProgress: (percent) => progress.push(percent) });
const [main, all] = [process.threadCpuUsage(mainBefore), process.cpuUsage(allBefore)];

const refused = await pool.clean({ ...job, source: text, onProgress: () => undefined });

newTarget();
const cancel = new AbortController();
const cancelled = await pool
  .clean({ ...job, signal: cancel.signal, onProgress: () => cancel.abort(new Error('cancelled by the test')) })
  .catch((error: unknown) => String(error));
await waitFor(() => pool.load.threads === 0);
const { threads } = pool.load;
const sizes = [statSync(job.target).size];
// Time enough for a thread that had gone on.
const other = `${job.target}.other`;
newTarget(other);
await pool.clean({ ...job, target: other, onProgress: () => undefined });
sizes.push(statSync(job.target).size);

for (const release of releases) await release();
const shareOfMainThread = (main.user + main.system) / (all.user + all.system);
process.stdout.write(JSON.stringify({ cleaned, progress, shareOfMainThread, refused, cancelled, threads, sizes }));
