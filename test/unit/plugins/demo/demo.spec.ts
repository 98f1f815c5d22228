import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { noiseDropDb } from '../../../demo/noise-drop.js';
import { serverSentEvents } from '../../../demo/server-sent-events.js';
import { samplesOf, waveOf } from '../support/wave-bytes.js';

const DEMO = fileURLToPath(new URL('../../../demo/demo.ts', import.meta.url));
const FIXTURE = new URL('../../../fixtures/audio/noisy-speech.wav', import.meta.url);

describe('the demo', () => {
  it('says what to do when no server answers, and ends with 1', async () => {
    const environment = { ...process.env, PANOTTI_URL: 'http://127.0.0.1:9' };
    const outcome = await new Promise((resolve) => {
      execFile(process.execPath, [DEMO], { env: environment }, (error, _stdout, stderr) =>
        resolve({ code: error?.code, stderr: stderr.trim() }),
      );
    });

    expect(outcome).toEqual({
      code: 1,
      stderr:
        'No server answers at http://127.0.0.1:9. Start one with "npm start" in another terminal, or set PANOTTI_URL.',
    });
  });

  it('finds the cleaned file in the data directory of the server, and measures it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'panotti-demo-'));
    const quieter = samplesOf(readFileSync(FIXTURE)).map((sample) => sample / 10);
    writeFileSync(join(directory, 'clean.wav'), waveOf(quieter, 22_050));
    const server = await serverThatCleansTo('clean.wav');
    const { port } = server.address() as AddressInfo;
    const environment = { ...process.env, PANOTTI_URL: `http://127.0.0.1:${port}`, PANOTTI_DATA_DIR: directory };
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [DEMO], { env: environment }, (_error, stdout, stderr) => resolve(stdout + stderr));
    });
    server.close();
    rmSync(directory, { recursive: true });

    expect(output).toContain(`Cleaned audio:    ${join(directory, 'clean.wav')}`);
    expect(output).toMatch(/Background noise: (?:19|20)\.\d dB lower/);
  });

  it('measures the drop of the noise, whatever the rates', () => {
    const original = readFileSync(FIXTURE);
    const quieter = samplesOf(original).map((sample) => sample / 10);

    expect(noiseDropDb(original, waveOf(quieter, 22_050))).toBeCloseTo(20, 0);
  });

  it('reads events in whichever pieces they come, and leaves comments out', async () => {
    const text = ': listening\n\nevent: a.b\nid: 1\ndata: {"text":"ü"}\n\nid: 2\ndata: {"n":\ndata: 2}\n\n';
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const byte of new TextEncoder().encode(text)) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const events: unknown[] = [];
    for await (const event of serverSentEvents(stream)) events.push(event);

    expect(events).toEqual([{ text: 'ü' }, { n: 2 }]);
  });
});

/** Answers as a server without transcription does, whose one recording is cleaned as soon as its events are asked for. */
async function serverThatCleansTo(file: string): Promise<Server> {
  const cleaned = {
    name: 'noise-reduction.completed',
    time: 0,
    payload: { recordingId: '1', file, segmentsFile: 's' },
  };
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (request.url?.endsWith('/health/plugins/transcription')) response.writeHead(503);
      response.end(request.url?.endsWith('/events') ? `data: ${JSON.stringify(cleaned)}\n\n` : '{"id":"1"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
