/** The state of the plugin: a provider, so that the plugin, its controller and its tests share one instance. */
import { Injectable } from '@nestjs/common';
import { PluginEvents } from 'panotti';
import { ExampleConfig } from './example.config.js';
import { ExampleStateChanged } from './example.events.js';
import { Journal } from './journal.js';
import { Mutex } from './mutex.js';

/** A note contains a word that the configuration blocks. */
export class BlockedWordError extends Error {
  constructor(readonly word: string) {
    super(`Notes must not contain the word "${word}".`);
    this.name = 'BlockedWordError';
  }
}

@Injectable()
export class NoteBoard {
  readonly #mutex = new Mutex();
  #notes: readonly string[] = [];
  #summary: string | undefined;

  // Everything here is injected: the configuration by its class, what belongs to this plugin by the classes of panotti.
  constructor(
    private readonly config: ExampleConfig,
    private readonly journal: Journal,
    private readonly events: PluginEvents,
  ) {}

  get notes(): readonly string[] {
    return this.#notes;
  }

  /**
   * Adds a note and publishes the change. Under a mutex, because it awaits in between: two notes at once would otherwise each start
   * from the same list, and one would be lost.
   *
   * @throws BlockedWordError
   */
  add(note: string): Promise<void> {
    return this.#mutex.run(async () => {
      const word = this.config.blockedWords.find((blocked) => note.toLowerCase().includes(blocked.toLowerCase()));
      if (word !== undefined) throw new BlockedWordError(word);
      const notes = [...this.#notes, note].slice(-this.config.maxNotes);
      if (this.config.keepJournal) await this.journal.write(note);
      this.#notes = notes;
      this.#summary = undefined;
      // Resolves when the event is accepted. Handlers run by themselves; neither their time nor their errors are ours.
      await this.events.publish(Object.assign(new ExampleStateChanged(), { notes: notes.length, latest: note }));
    });
  }

  /** The title and the number of notes. */
  summary(): string {
    if (!this.config.featureFlags.enableCaching) return this.#summarize();
    return (this.#summary ??= this.#summarize());
  }

  #summarize(): string {
    return `${this.config.title}: ${this.#notes.length}`;
  }
}
