import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { PluginContext } from 'panotti';
import { ExampleConfig, ExamplePlugin, ExampleState } from '../../../../src/plugins/example/index.js';
import { Journal } from '../../../../src/plugins/example/journal.js';
import { NoteBoard } from '../../../../src/plugins/example/note-board.js';
import { MemoryStore } from '../../../../src/storage/index.js';
import { openMemory } from '../../../support/plugin-memory.js';
import { eventContext, pluginContext, PublishedEvents } from '../support/plugin-surroundings.js';
import { temporaryDirectories } from '../support/temporary-directory.js';

const newDirectory = temporaryDirectories();
const contexts: PluginContext[] = [];
beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(true));
afterEach(async () => {
  for (const context of contexts.splice(0)) await context[Symbol.asyncDispose]();
});

/** The plugin as the host builds it, in a few lines. */
async function plugin(settings: Partial<ExampleConfig> = {}) {
  const directory = newDirectory();
  const context = pluginContext(directory);
  contexts.push(context);
  const config = Object.assign(new ExampleConfig(), settings);
  const published = new PublishedEvents();
  const journal = new Journal(config, context);
  const memory = await openMemory(new MemoryStore(), { name: 'example', state: ExampleState });
  const board = new NoteBoard(config, journal, published.publisher, memory.state<ExampleState>());
  return {
    built: new ExamplePlugin(config, board, journal),
    board,
    published,
    context,
    journalFile: join(directory, 'journal.log'),
  };
}

describe('the example', () => {
  it('publishes each change of its notes', async () => {
    const { built, board, published } = await plugin();
    await built.initialize();
    await board.add('one');
    await board.add('two');

    expect(published.all).toEqual([
      { event: 'NoteAdded', notes: 1, latest: 'one' },
      { event: 'NoteAdded', notes: 2, latest: 'two' },
    ]);
  });

  it('loses no note of many that come at once', async () => {
    const { built, board, journalFile } = await plugin();
    await built.initialize();
    const notes = Array.from({ length: 30 }, (_, i) => `note ${i}`);
    await Promise.all(notes.map((note) => board.add(note)));

    expect(board.notes).toEqual(notes);
    expect(readFileSync(journalFile, 'utf8')).toBe(notes.map((note) => `${note}\n`).join(''));
  });

  it('keeps the newest notes, as many as are configured', async () => {
    const { built, board } = await plugin({ maxNotes: 2, keepJournal: false });
    await built.initialize();
    for (const note of ['one', 'two', 'three']) await board.add(note);

    expect(board.notes).toEqual(['two', 'three']);
    expect(built.notesFit()).toEqual({ notes: 2, free: 0 });
  });

  it('refuses a note with a blocked word, and goes on', async () => {
    const { board } = await plugin({ blockedWords: ['Spam'], keepJournal: false });

    await expect(board.add('more spam')).rejects.toThrow('Notes must not contain the word "Spam".');
    await board.add('fine');
    expect(board.notes).toEqual(['fine']);
  });

  it('notes each recording that ends, in the configured tone', async () => {
    const { built, board } = await plugin({ tone: 'friendly', keepJournal: false });
    await built.handleEvent({ recordingId: 'r1', durationSeconds: 10.7 }, eventContext());

    expect(board.notes).toEqual(['Good news! Recording r1 from test lasts 11 s.']);
  });

  it.each([true, false])('answers with the right summary, caching %s', async (enableCaching) => {
    const { board } = await plugin({ keepJournal: false, featureFlags: { enableCaching } });
    const summaries = [board.summary(), board.summary()];
    await board.add('one');

    expect([...summaries, board.summary()]).toEqual(['Notes: 0', 'Notes: 0', 'Notes: 1']);
  });

  it('leaves its journal to the host, which closes it', async () => {
    const { built, board, context } = await plugin({ retryCount: 0 });
    await built.initialize();
    await built.cleanup();
    await context[Symbol.asyncDispose]();

    await expect(board.add('too late')).rejects.toThrow();
  });
});
