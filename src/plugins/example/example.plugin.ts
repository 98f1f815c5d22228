/**
 * The plugin to learn from. Read this file first, then example.config.ts, example.state.ts, note-board.ts, example.events.ts,
 * example.controller.ts and journal.ts. It keeps notes: people add them over HTTP, and it writes one itself for each recording that ends.
 *
 * Its folder needs a package.json with a name, a version and `main`, and no node_modules: `panotti`, `@nestjs/*`, `class-validator` and
 * the other public peers are those of the host.
 */
import { BasePlugin, HealthCheck, OnEvent, Plugin, type EventContext } from 'panotti';
import { ExampleConfig } from './example.config.js';
import { ExampleController } from './example.controller.js';
import { NoteAdded } from './example.events.js';
import { ExampleState } from './example.state.js';
import { Journal } from './journal.js';
import { NoteBoard } from './note-board.js';

/** What this plugin needs to know of `recording.ended`. The event has more; a handler that names little breaks seldom. */
interface EndedRecording {
  readonly recordingId: string;
  readonly durationSeconds: number;
}

@Plugin({
  // Also the key of its section in plugins.yaml and the path of its routes.
  name: 'example',
  version: '1.0.0',
  description: 'Keeps notes, to show every part of a plugin once.',
  // Optional: where `recordings` is missing, no such events come, and the rest works. Listed under `dependencies`, it would be required.
  optionalDependencies: { recordings: '^1.0.0' },
  // Where one of these does not hold, the plugin is blocked, with the reason, and everything else runs.
  requires: { host: '^1.0.0', node: '>=24' },
  config: ExampleConfig,
  // What it remembers over restarts, injected as PluginState<ExampleState>. For many records by key there is `stores`.
  state: ExampleState,
  // Publishing an event that is not listed is an error.
  emits: [NoteAdded],
  // From here on it is what `@Module` takes.
  providers: [NoteBoard, Journal],
  controllers: [ExampleController],
})
// BasePlugin gives names to the phases of a plugin's life and is not needed: a plain class with `onModuleInit` and `onModuleDestroy` does as well.
export class ExamplePlugin extends BasePlugin {
  constructor(
    private readonly config: ExampleConfig,
    private readonly board: NoteBoard,
    private readonly journal: Journal,
  ) {
    super();
  }

  /**
   * Runs after the plugins that this one depends on are ready, within a deadline. Throw `PluginNotReadyError` for what may come by
   * itself, such as a database that still starts: the host tries again. Any other error is final, and concerns this plugin alone.
   */
  override async initialize(): Promise<void> {
    await super.initialize();
    if (this.config.keepJournal) await this.journal.open();
    // Every line of the log carries the plugin's name and, in a handler, the event and its correlation id.
    this.logger.log(`Keeps up to ${this.config.maxNotes} notes`);
  }

  /** Runs after the last request and the last handler. The journal is not closed here: the host does that, because `context.use` was told of it. */
  override async cleanup(): Promise<void> {
    this.logger.log(`Notes kept: ${this.board.notes.length}`);
    await super.cleanup();
  }

  /**
   * Runs for each recording that ends. What it throws is logged with the plugin, the handler and the event, counted, and published as
   * `panotti.event.failed`; the publisher and other handlers never notice. `context.signal` aborts at the deadline.
   */
  @OnEvent('recording.ended', { timeoutMs: 60_000, retry: { attempts: 2 } })
  override async handleEvent(recording: EndedRecording, context: EventContext): Promise<void> {
    const { recordingId, durationSeconds } = recording;
    const seconds = Math.round(durationSeconds);
    const note = `Recording ${recordingId} from ${context.source} lasts ${seconds} s`;
    await this.board.add(this.config.tone === 'friendly' ? `Good news! ${note}.` : `${note}.`);
  }

  /**
   * A line of `/health` and `/health/plugins/example`: return details, or throw what is wrong. It has a time limit and cannot break the page.
   * `health.details: true` shows the details: `"notes": { "status": "up", "details": { "notes": 3, "free": 97 } }`.
   */
  @HealthCheck('notes')
  notesFit(): { notes: number; free: number } {
    const { length } = this.board.notes;
    return { notes: length, free: Math.max(0, this.config.maxNotes - length) };
  }
}
