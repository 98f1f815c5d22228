import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/storage/index.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const AUDIO = join(import.meta.dirname, '../fixtures/audio/noisy-speech.wav');
const HEADER_BYTES = 44;
const panotti = 'plugins:\n  directories: [../plugins]\n';

/** The same audio over and over, so that cleaning it takes a while. */
async function longRecording(times: number): Promise<Buffer> {
  const wave = await readFile(AUDIO);
  const samples = wave.subarray(HEADER_BYTES);
  const header = Buffer.from(wave.subarray(0, HEADER_BYTES));
  header.writeUInt32LE(HEADER_BYTES - 8 + samples.length * times, 4);
  header.writeUInt32LE(samples.length * times, 40);
  return Buffer.concat([header, ...Array.from({ length: times }, () => samples)]);
}

async function record(url: string): Promise<string> {
  const { id } = (await (await fetch(`${url}/api/recordings`, { method: 'POST' })).json()) as { id: string };
  const headers = { 'content-type': 'audio/wav' };
  const sent = await fetch(`${url}/api/recordings/${id}/audio`, {
    method: 'PUT',
    body: await longRecording(20),
    headers,
  });
  expect(sent.status).toBe(200);
  const ended = await fetch(`${url}/api/recordings/${id}/end`, { method: 'POST' });
  expect(ended.status).toBe(200);
  return id;
}

describe('a recording, when the server is killed while it is cleaned', () => {
  it('is cleaned all the same, told of once, and nothing half-written is left', async () => {
    await using notes = await mkdtempDisposable(join(tmpdir(), 'panotti-completions-'));
    const COMPLETIONS_JOURNAL = join(notes.path, 'journal');
    const setup = { env: { COMPLETIONS_JOURNAL } };
    await using first = await ServerProcess.started({ panotti, pluginFolders: ['notes-completions'], ...setup });
    const folder = join(first.directory, 'data/plugins/noise-reduction');
    const list = (name: string): string[] =>
      existsSync(join(folder, name)) ? readdirSync(join(folder, name)).toSorted() : [];
    const begunMs = (): number[] =>
      list('incoming')
        .map((file) => statSync(join(folder, 'incoming', file), { throwIfNoEntry: false }))
        .flatMap((file) => (file !== undefined && file.size > 100_000 ? [file.birthtimeMs] : []));
    const completions = (): string[] =>
      existsSync(COMPLETIONS_JOURNAL) ? readFileSync(COMPLETIONS_JOURNAL, 'utf8').trim().split('\n') : [];
    const id = await record(first.url);
    await waitFor(() => begunMs().length > 0);
    const firstBegunMs = Math.max(...begunMs());
    first.signal('SIGKILL');
    await first.exitCode();
    expect(completions()).toEqual([]);

    // And once more while it is cleaned for the second time: it begins anew, with nothing of the first time.
    const second = first.spawnedAgain(setup);
    await waitFor(() => begunMs().some((ms) => ms > firstBegunMs));
    second.signal('SIGKILL');
    await second.exitCode();

    const last = await first.startedAgain(setup);
    await waitFor(() => completions().length > 0);
    last.signal('SIGTERM');
    expect(await last.exitCode()).toBe(0);

    expect(completions()).toEqual([id]);
    expect(list('cleaned')).toEqual([`${id}.segments.json`, `${id}.wav`]);
    expect(list('incoming')).toEqual([]);
    const wave = await readFile(join(folder, 'cleaned', `${id}.wav`));
    expect(wave.readUInt32LE(4)).toBe(wave.length - 8);
    const store = await SqliteStore.open({ path: join(first.directory, 'data/panotti/store.db') });
    const { entries } = await store.readLog({ after: 0, namePrefix: 'noise-reduction.completed' });
    const dead = await store.totals('dead-letters');
    await store.close();
    expect(entries).toHaveLength(1);
    expect(dead).toEqual([]);
  });
});
