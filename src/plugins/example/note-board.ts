/** The notes: a provider, so that the plugin, its controller and its tests share one instance. */
import { Injectable } from '@nestjs/common';
import { PluginEvents, PluginState, unitOfWork } from 'panotti';
import { ExampleConfig } from './example.config.js';
import { NoteAdded } from './example.events.js';
import type { ExampleState } from './example.state.js';
import { Journal } from './journal.js';

/** A note contains a word that the configuration blocks. */
export class BlockedWordError extends Error {
  constructor(readonly word: string) {
    super(`Notes must not contain the word "${word}".`);
    this.name = 'BlockedWordError';
  }
}

@Injectable()
export class NoteBoard {
  #summary: { readonly version: number; readonly text: string } | undefined;

  // Everything here is injected: the configuration by its class, what belongs to this plugin by the classes of panotti.
  constructor(
    private readonly config: ExampleConfig,
    private readonly journal: Journal,
    private readonly events: PluginEvents,
    private readonly state: PluginState<ExampleState>,
  ) {}

  get notes(): readonly string[] {
    return this.state.get().notes;
  }

  /**
   * Adds a note and publishes it: both or, when one of them fails, neither. Two notes at once are added one after the other, so none is
   * lost although the journal is awaited in between.
   *
   * @throws BlockedWordError
   */
  async add(note: string): Promise<void> {
    const word = this.config.blockedWords.find((blocked) => note.toLowerCase().includes(blocked.toLowerCase()));
    if (word !== undefined) throw new BlockedWordError(word);
    await unitOfWork(async () => {
      const { notes } = await this.state.update(async (draft) => {
        draft.notes = [...draft.notes, note].slice(-this.config.maxNotes);
        if (this.config.keepJournal) await this.journal.write(note);
      });
      // Goes out with the commit. Handlers run by themselves; neither their time nor their errors are ours.
      await this.events.publish(Object.assign(new NoteAdded(), { notes: notes.length, latest: note }));
    });
  }

  /** The title and the number of notes. */
  summary(): string {
    if (!this.config.featureFlags.enableCaching) return this.#summarize();
    const { version } = this.state;
    if (this.#summary?.version !== version) this.#summary = { version, text: this.#summarize() };
    return this.#summary.text;
  }

  #summarize(): string {
    return `${this.config.title}: ${this.notes.length}`;
  }
}
