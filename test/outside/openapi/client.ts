/**
 * A program of a stranger: it knows the server by its API document alone, from which `openapi-typescript` has made `api.ts`, and calls each route.
 * `test/e2e/api-document.spec.ts` compiles and runs it with the URL of a server and a WAV file; it prints what it called as JSON.
 */
import { readFile } from 'node:fs/promises';
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

type Health = components['schemas']['HealthAnswer'];
type Problem = components['schemas']['ErrorBody'];

const [, , baseUrl = '', audioPath = ''] = process.argv;
const calls: string[] = [];
const client = createClient<paths>({ baseUrl });
client.use({
  onRequest({ request, schemaPath }) {
    calls.push(`${request.method.toLowerCase()} ${schemaPath}`);
  },
});

function given<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data === undefined) throw new Error(`${response.url} answered ${response.status}: ${JSON.stringify(error)}`);
  return data;
}

async function health(): Promise<void> {
  const answers: Health[] = [
    given(await client.GET('/health')),
    given(await client.GET('/health/live')),
    given(await client.GET('/health/ready')),
    given(await client.GET('/health/startup')),
    given(await client.GET('/health/plugins/{name}', { params: { path: { name: 'recordings' } } })),
  ];
  const wrong = answers.find(({ status }) => status !== 'ok');
  if (wrong) throw new Error(`Not healthy: ${JSON.stringify(wrong)}`);
  const missing = await client.GET('/health/plugins/{name}', { params: { path: { name: 'no-such-plugin' } } });
  if (missing.response.status !== 404 || !missing.error || !('statusCode' in missing.error))
    throw new Error('A plugin that is missing has no error.');
  expectProblem(missing.error, 404);
}

function expectProblem({ statusCode, message }: Problem, status: number): void {
  const sentences: string[] = typeof message === 'string' ? [message] : message;
  if (statusCode !== status || sentences.some((one) => one.length === 0))
    throw new Error(`Not a problem of status ${status}: ${sentences.join()}`);
}

async function example(): Promise<void> {
  // The header is optional, so that nothing has to be said of it.
  const added = given(await client.POST('/api/example', { body: { text: 'from a client' } }));
  const { notes, summary } = given(await client.GET('/api/example'));
  if (!notes.includes('from a client') || added.summary !== summary) throw new Error('The note is missing.');
  const refused = await client.POST('/api/example', {
    body: { text: '' },
    params: { header: { 'x-write-key': 'any' } },
  });
  if (!refused.error) throw new Error('An empty note was taken.');
  expectProblem(refused.error, 400);
}

async function recordings(): Promise<void> {
  const { id } = given(await client.POST('/api/recordings', { body: { title: 'A talk' } }));
  const params = { path: { id } };
  const stopped = new AbortController();
  const feed = await client.GET('/api/recordings/{id}/events', { params, parseAs: 'stream', signal: stopped.signal });
  if (feed.response.headers.get('content-type') !== 'text/event-stream')
    throw new Error('The feed is not a stream of events.');
  const audio = await readFile(audioPath);
  const body = audio as unknown as string;
  const uploaded = await client.PUT('/api/recordings/{id}/audio', {
    params,
    body,
    bodySerializer: (bytes) => bytes,
    headers: { 'content-type': 'audio/wav' },
  });
  const bytes: number | undefined = given(uploaded).audio?.bytes;
  const download = await client.GET('/api/recordings/{id}/audio', { params, parseAs: 'arrayBuffer' });
  if (bytes !== audio.length || given(download).byteLength !== bytes)
    throw new Error('The audio is not what was sent.');
  const ended = given(await client.POST('/api/recordings/{id}/end', { params }));
  const state: 'open' | 'recorded' | 'ended' = given(await client.GET('/api/recordings/{id}', { params })).state;
  const page = given(await client.GET('/api/recordings', { params: { query: { limit: 1 } } }));
  if (ended.state !== 'ended' || state !== 'ended' || page.items[0]?.id !== id || page.total < 1)
    throw new Error('The recording has not ended.');
  const first = await (given(feed) as ReadableStream<Uint8Array>).getReader().read();
  if (!new TextDecoder().decode(first.value).includes('data:')) throw new Error('The feed has no event.');
  stopped.abort();
  const again = await client.POST('/api/recordings/{id}/end', { params });
  if (!again.error) throw new Error('A recording has ended twice.');
  expectProblem(again.error, 409);
}

await health();
await example();
await recordings();
process.stdout.write(JSON.stringify([...new Set(calls)].toSorted()));
