import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess, type ServerSetup } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';
import { levelDb, type Span } from '../support/wave-level.js';
import { itWhere } from '../support/it-where.js';

const AUDIO = join(import.meta.dirname, '../fixtures/audio');
const HAS_SPEECH_RECOGNIZER = hasBinary('pocketsphinx_continuous');

function hasBinary(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`]);
    return true;
  } catch {
    return false;
  }
}

async function record(url: string): Promise<string> {
  const wave = await readFile(join(AUDIO, 'noisy-speech.wav'));
  const { id } = (await (await fetch(`${url}/api/recordings`, { method: 'POST' })).json()) as { id: string };
  await fetch(`${url}/api/recordings/${id}/audio`, {
    method: 'PUT',
    body: wave,
    headers: { 'content-type': 'audio/wav' },
  });
  const ended = await fetch(`${url}/api/recordings/${id}/end`, { method: 'POST' });
  expect(ended.status).toBe(200);
  return id;
}

const cleanedPath = (server: ServerProcess, id: string): string =>
  join(server.directory, 'data/plugins/noise-reduction/cleaned', `${id}.wav`);

/** What the feed of the recording has sent by then. */
async function eventsUntilTranscribed({ url }: ServerProcess, id: string): Promise<string> {
  const events = await fetch(`${url}/api/recordings/${id}/events`);
  let text = '';
  for await (const chunk of events.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    if (text.includes('transcription.completed')) break;
  }
  return text;
}

describe('a recording', () => {
  let server: ServerProcess;
  beforeAll(async () => void (server = await ServerProcess.started()));
  afterAll(() => server[Symbol.asyncDispose]());

  it('comes out with the background noise in its pauses at least 15 dB lower, and the speech kept', async () => {
    const id = await record(server.url);
    const cleaned = await waitFor(() => readFile(cleanedPath(server, id)));
    const noisy = await readFile(join(AUDIO, 'noisy-speech.wav'));
    const { pauses } = JSON.parse(await readFile(join(AUDIO, 'noisy-speech.pauses.json'), 'utf8')) as {
      pauses: Span[];
    };
    // The edges of a pause belong to the fading of the words around it.
    const inner = pauses.map(({ start, end }) => ({ start: start + 0.15, end: end - 0.15 }));
    const speech = pauses.slice(1).map(({ start }, index) => ({ start: pauses[index]?.end ?? 0, end: start }));

    expect(levelDb(noisy, inner) - levelDb(cleaned, inner)).toBeGreaterThanOrEqual(15);
    expect(Math.abs(levelDb(noisy, speech) - levelDb(cleaned, speech))).toBeLessThan(3);
  });

  it('has one correlation id on every line of the log that it caused after its end', async () => {
    const wave = await readFile(join(AUDIO, 'noisy-speech.wav'));
    const { id } = (await (await fetch(`${server.url}/api/recordings`, { method: 'POST' })).json()) as { id: string };
    await fetch(`${server.url}/api/recordings/${id}/audio`, {
      method: 'PUT',
      body: wave,
      headers: { 'content-type': 'audio/wav' },
    });
    await fetch(`${server.url}/api/recordings/${id}/end`, {
      method: 'POST',
      headers: { 'x-correlation-id': 'traced' },
    });
    await waitFor(() => readFile(cleanedPath(server, id)));
    const traced = await waitFor(() =>
      server.log().find(({ plugin, correlationId }) => plugin === 'noise-reduction' && correlationId === 'traced'),
    );

    expect(traced).toMatchObject({ eventName: 'recording.ended', eventId: expect.any(String) });
  });

  itWhere(HAS_SPEECH_RECOGNIZER)('is transcribed where pocketsphinx_continuous is installed', async () => {
    const id = await record(server.url);
    const text = await eventsUntilTranscribed(server, id);

    expect(text).toMatch(/"text":"[^"]*recording/);
  });
});

describe('a recording on a server with other programs', () => {
  it('is cleaned also where no speech recognizer is installed: the plugin that needs it is blocked and says why', async () => {
    await using server = await ServerProcess.started({ env: { PATH: '/nonexistent' } });
    const healthOf = async (path: string): Promise<object> =>
      (await (await fetch(`${server.url}/health${path}`)).json()) as object;
    const id = await record(server.url);

    expect(await waitFor(() => readFile(cleanedPath(server, id)))).toBeInstanceOf(Buffer);
    expect(await healthOf('')).toMatchObject({ status: 'ok' });
    expect(await healthOf('/plugins/transcription')).toMatchObject({
      details: { transcription: { state: 'blocked' } },
    });
    expect(server.stdout).toContain('pocketsphinx_continuous');
  });

  it('is transcribed by another command where one is configured, and that one is what has to be there', async () => {
    const using = (command: string): ServerSetup => ({
      env: { PATH: '/nonexistent' },
      plugins: `transcription:\n  settings:\n    command: ${command}\n    args: ['{file}']\n`,
    });
    await using server = await ServerProcess.started(using('/bin/echo'));
    const id = await record(server.url);
    const text = await eventsUntilTranscribed(server, id);
    await using without = await ServerProcess.started(using('/no/such/command'));

    expect(text).toContain(`plugins/noise-reduction/cleaned/${id}.wav`);
    expect(text).not.toContain(server.directory);
    expect(without.stdout).toContain('needs the program /no/such/command, which is not there or may not be run');
  });
});
