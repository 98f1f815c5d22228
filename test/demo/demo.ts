/**
 * Posts a recording to a running server and prints what happens to it: `npm run demo [-- file.wav]`. Needs nothing but Node, and imports
 * nothing of the server, because it stands for any client.
 */
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { env, argv, stdout, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { noiseDropDb } from './noise-drop.ts';
import { serverSentEvents } from './server-sent-events.ts';

const SERVER = (env['PANOTTI_URL'] ?? `http://127.0.0.1:${env['PORT'] ?? '3000'}`).replace(/\/$/, '');
const RECORDINGS = `${SERVER}/api/recordings`;
const FIXTURE = fileURLToPath(new URL('../fixtures/audio/noisy-speech.wav', import.meta.url));
/** The server names files relative to its data directory. */
const DATA_DIRECTORY = env['PANOTTI_DATA_DIR'] ?? 'data';
const TIMEOUT_SECONDS = 60;

/** Something that the reader can understand and fix; printed without a stack. */
class DemoError extends Error {}

interface PluginEvent {
  readonly name: string;
  readonly time: number;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The events that the demo waits for, by name. */
type Outcome = ReadonlyMap<string, PluginEvent['payload']>;

const giveUp = AbortSignal.timeout(TIMEOUT_SECONDS * 1_000);

try {
  await demonstrate(argv[2] === undefined ? FIXTURE : resolve(argv[2]));
} catch (error) {
  stderr.write(`\n${explain(error)}\n`);
  process.exitCode = 1;
}

async function demonstrate(file: string): Promise<void> {
  await requireServer();
  const withTranscript = await isReady('transcription');
  const recording = (await call('POST', RECORDINGS, JSON.stringify({ title: 'Demo' }), 'application/json')) as {
    id: string;
  };
  print(`Recording ${recording.id} of ${file}\n`);

  const watching = new AbortController();
  try {
    const events = await openEvents(recording.id, AbortSignal.any([watching.signal, giveUp]));
    await call('PUT', `${RECORDINGS}/${recording.id}/audio`, await openAsBlob(file), 'audio/wav');
    await call('POST', `${RECORDINGS}/${recording.id}/end`);
    await report(file, await follow(events, withTranscript ? 'transcription.completed' : 'noise-reduction.completed'));
  } finally {
    // An open stream would keep this process alive.
    watching.abort();
  }
  if (!withTranscript) print(`No transcript: the transcription plugin is not ready. The log of the server says why.`);
}

async function requireServer(): Promise<void> {
  try {
    await fetch(`${SERVER}/health/live`, { signal: giveUp });
  } catch (cause) {
    throw new DemoError(
      `No server answers at ${SERVER}. Start one with "npm start" in another terminal, or set PANOTTI_URL.`,
      { cause },
    );
  }
}

async function isReady(plugin: string): Promise<boolean> {
  const { ok } = await fetch(`${SERVER}/health/plugins/${plugin}`, { signal: giveUp });
  return ok;
}

async function call(method: string, url: string, body?: string | Blob, type?: string): Promise<unknown> {
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
  const response = await fetch(url, { method, headers, body: body ?? null, signal: giveUp });
  const text = await response.text();
  if (!response.ok) throw new DemoError(`${method} ${url} was answered with ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** Resolves when the server listens, so that no event is missed. */
async function openEvents(id: string, signal: AbortSignal): Promise<AsyncIterable<PluginEvent>> {
  const response = await fetch(`${RECORDINGS}/${id}/events`, { headers: { accept: 'text/event-stream' }, signal });
  if (!response.ok || !response.body)
    throw new DemoError(`The events of the recording are answered with ${response.status}.`);
  return serverSentEvents(response.body) as AsyncIterable<PluginEvent>;
}

/** Prints events until `last` has come. */
async function follow(events: AsyncIterable<PluginEvent>, last: string): Promise<Outcome> {
  const seen = new Map<string, PluginEvent['payload']>();
  for await (const { name, time, payload } of events) {
    const { recordingId: _, ...facts } = payload;
    print(`${new Date(time).toISOString().slice(11, 23)}  ${name.padEnd(28)} ${describe(facts)}`);
    seen.set(name, payload);
    if (name === 'noise-reduction.rejected') throw new DemoError('The recording was refused, see above.');
    if (name === last) return seen;
  }
  throw new DemoError(`The server ended the stream before "${last}" came; its log says why.`);
}

function describe(facts: Readonly<Record<string, unknown>>): string {
  const shown = (value: unknown): string =>
    typeof value === 'number' ? String(Math.round(value * 100) / 100) : JSON.stringify(value);
  return Object.entries(facts)
    .map(([key, value]) => `${key}=${shown(value)}`)
    .join(' ');
}

async function report(original: string, outcome: Outcome): Promise<void> {
  const { file, segmentsFile } = outcome.get('noise-reduction.completed') ?? {};
  const cleaned = join(DATA_DIRECTORY, String(file));
  print(`\nCleaned audio:    ${cleaned}`);
  print(`Where speech is:  ${join(DATA_DIRECTORY, String(segmentsFile))}`);
  const transcript = outcome.get('transcription.completed');
  if (transcript) print(`Transcript:       ${JSON.stringify(transcript['text'])}`);
  print(`Background noise: ${await measuredDrop(original, cleaned)}`);
}

async function measuredDrop(original: string, cleaned: string): Promise<string> {
  try {
    const drop = noiseDropDb(await readFile(original), await readFile(cleaned));
    return `${drop.toFixed(1)} dB lower in the quietest fifth of the recording`;
  } catch (error) {
    return `not measured (${error instanceof Error ? error.message : String(error)})`;
  }
}

function explain(error: unknown): string {
  if (giveUp.aborted)
    return `The demo was not done within ${TIMEOUT_SECONDS} s. The log of the server says what it waits for.`;
  if (error instanceof DemoError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function print(line: string): void {
  stdout.write(`${line}\n`);
}
