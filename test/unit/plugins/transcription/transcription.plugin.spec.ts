import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TranscriptionConfig, TranscriptionPlugin } from '../../../../src/plugins/transcription/index.js';
import { eventContext, pluginContext, PublishedEvents } from '../support/plugin-surroundings.js';
import { temporaryDirectories } from '../support/temporary-directory.js';
import { waitFor } from '../../../support/wait-for.js';

const newDirectory = temporaryDirectories();
const ID = '3b241101-e2bb-4255-8caf-4136c566a962';

function plugin(settings: Partial<TranscriptionConfig> = {}) {
  const published = new PublishedEvents();
  const config = Object.assign(new TranscriptionConfig(), settings);
  const stopping = new AbortController();
  return {
    built: new TranscriptionPlugin(config, published.publisher, pluginContext('/nowhere', stopping.signal)),
    published,
    stopping,
  };
}

const echo = { command: 'printf', args: ['%s|', 'of', '{file}', 'a{file}b'] };

describe('the transcription plugin', () => {
  it('publishes what the command prints, with the file in its arguments as it is', async () => {
    const { built, published } = plugin(echo);
    await built.transcribe({ recordingId: ID, file: "/a $& b/it's.wav" }, eventContext());

    expect(published.all).toEqual([
      { event: 'TranscriptionCompleted', recordingId: ID, text: "of|/a $& b/it's.wav|a/a $& b/it's.wavb|" },
    ]);
  });

  it('publishes lines without the blanks around them', async () => {
    const { built, published } = plugin({ command: 'printf', args: ['  one two \\n\\n  three\\n\\n'] });
    await built.transcribe({ recordingId: ID, file: '/a.wav' }, eventContext());

    expect(published.all).toMatchObject([{ text: 'one two\nthree' }]);
  });

  it('publishes nothing when the command fails, and says why', async () => {
    const { built, published } = plugin({ command: 'sh', args: ['-c', 'echo no model >&2; exit 1'] });

    await expect(built.transcribe({ recordingId: ID, file: '/a.wav' }, eventContext())).rejects.toThrow(
      'exit code 1. It wrote: no model',
    );
    expect(published.all).toEqual([]);
  });

  it('ends the command at its configured time', async () => {
    const { built } = plugin({ command: 'sleep', args: ['60'], timeout: 0.05 });

    await expect(built.transcribe({ recordingId: ID, file: '/a.wav' }, eventContext())).rejects.toThrow(
      'did not end within 0.05 s',
    );
  });

  it('has ended its command when it has stopped, also one that ignores the first signal', async () => {
    const list = join(newDirectory(), 'pid');
    const { built, stopping } = plugin({
      command: 'sh',
      args: ['-c', 'trap "" TERM; echo $$ > "$1"; sleep 60', 'sh', list],
    });
    const outcome = built.transcribe({ recordingId: ID, file: '/a.wav' }, eventContext()).catch(String);
    const pid = Number(await waitFor(() => existsSync(list) && readFileSync(list, 'utf8')));
    stopping.abort(new Error('the plugin stops'));
    await built.onModuleDestroy();

    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(await outcome).toContain('was cancelled');
  });

  it('accepts no option in the place of a file', async () => {
    const { built } = plugin(echo);

    await expect(built.transcribe({ recordingId: ID, file: '--exec=rm' }, eventContext())).rejects.toThrow(
      'names no cleaned recording',
    );
  });
});
