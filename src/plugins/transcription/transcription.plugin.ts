/** Writes down what is said in a cleaned recording, with a command of the operator's choice. */
import { isAbsolute } from 'node:path';
import type { OnModuleDestroy } from '@nestjs/common';
import { JoinedSignal, OnEvent, Plugin, PluginContext, PluginEvents, type EventContext } from 'panotti';
import { CleanedRecording } from './cleaned-recording.js';
import { runCommand } from './command-runner.js';
import { MAX_TIMEOUT_SECONDS, TranscriptionConfig } from './transcription.config.js';
import { TranscriptionCompleted } from './transcription.events.js';

const GRACE_MS = 2_000;

@Plugin({
  name: 'transcription',
  version: '1.0.0',
  description: "Writes down what is said in a cleaned recording, with a command of the operator's choice.",
  dependencies: { 'noise-reduction': '^1.0.0' },
  requires: { host: '^1.0.0', platforms: ['linux', 'darwin'], binaries: [{ setting: 'command', whenMissing: 'wait' }] },
  config: TranscriptionConfig,
  emits: [TranscriptionCompleted],
})
export class TranscriptionPlugin implements OnModuleDestroy {
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    private readonly config: TranscriptionConfig,
    private readonly events: PluginEvents,
    private readonly context: PluginContext,
  ) {}

  @OnEvent(CleanedRecording, {
    delivery: 'durable',
    timeoutMs: (MAX_TIMEOUT_SECONDS + 5) * 1_000,
    concurrency: 1,
    retry: { attempts: 1 },
  })
  async transcribe({ recordingId, file }: CleanedRecording, context: EventContext): Promise<void> {
    // It becomes an argument of a command, and anybody may publish an event of this name: what begins with a dash would be an option.
    if (!isAbsolute(file)) throw new TypeError('The event names no cleaned recording: an absolute path is needed.');
    const { command, args, timeout } = this.config;
    // With a function, because `$&` and its like mean something in a replacement text and may be part of a path.
    const complete = args.map((argument) => argument.replaceAll('{file}', () => file));
    using joined = new JoinedSignal(context.signal, this.context.signal);
    const printed = await this.#run(command, complete, timeout * 1_000, joined.signal);
    const text = printed.trim().replaceAll(/[^\S\n]*\n\s*/g, '\n');
    await this.events.publish(Object.assign(new TranscriptionCompleted(), { recordingId, text }));
  }

  /** Waits for a command that the stop has ended: a process that outlives its server is nobody's any more. */
  async onModuleDestroy(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #run(command: string, args: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<string> {
    const maxOutputBytes = this.config.maxTextBytes;
    const running = runCommand({ command, args, timeoutMs, signal, maxOutputBytes, graceMs: GRACE_MS });
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}
