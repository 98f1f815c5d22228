import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
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
