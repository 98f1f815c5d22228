/** Opens, fills and ends recordings. Everything that a client can do wrong becomes an HTTP error here. */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  ConflictException,
  Injectable,
  NotFoundException,
  PayloadTooLargeException,
  ServiceUnavailableException,
  UnprocessableEntityException,
  UnsupportedMediaTypeException,
  type OnModuleDestroy,
} from '@nestjs/common';
import { PluginContext, PluginEvents } from 'panotti';
import { AudioTooLargeError, receiveAudio } from './audio-upload.js';
import type { Paging, RecordingPage } from './recording.dto.js';
import { RecordingStore } from './recording-store.js';
import type { Recording, RecordingAudio } from './recording.js';
import { RecordingsConfig } from './recordings.config.js';
import { RecordingEnded, RecordingStarted } from './recordings.events.js';
import { WaveFormatError } from './wave-inspector.js';

@Injectable()
export class RecordingsService implements OnModuleDestroy {
  /** Recordings with a change under way: two changes of one never run together. */
  readonly #changes = new Map<string, Promise<unknown>>();

  constructor(
    private readonly config: RecordingsConfig,
    private readonly store: RecordingStore,
    private readonly events: PluginEvents,
    private readonly context: PluginContext,
  ) {}

  async start(title: string | undefined): Promise<Recording> {
    const recordingId = randomUUID();
    const titled = title === undefined ? {} : { title };
    return this.store.save({ id: recordingId, ...titled, state: 'open', startedAt: new Date().toISOString() }, () =>
      this.events.publish(Object.assign(new RecordingStarted(), { recordingId, ...titled })),
    );
  }

  list({ limit, offset }: Paging): RecordingPage {
    return { items: this.store.list(limit, offset), total: this.store.size };
  }

  /** @throws NotFoundException */
  get(id: string): Recording {
    const recording = this.store.find(id);
    if (!recording) throw new NotFoundException(`There is no recording ${id}.`);
    return recording;
  }

  /**
   * Takes the audio of a recording; audio that it had before is replaced at the end, and not at all when this fails.
   *
   * @param declaredBytes the length that the client announced, `undefined` when it did not
   */
  async receive(id: string, source: Readable, declaredBytes: number | undefined): Promise<Recording> {
    const { maxBytes } = this.config;
    return this.#exclusively(id, async () => {
      const recording = this.#notEnded(id);
      if (declaredBytes !== undefined && declaredBytes > maxBytes) throw httpError(new AudioTooLargeError(maxBytes));
      const audio = await this.#copy(id, source);
      return this.store.save({ ...recording, state: 'recorded', audio });
    });
  }

  /** Completes a recording and publishes it. */
  async end(id: string): Promise<Recording> {
    return this.#exclusively(id, async () => {
      const recording = this.#notEnded(id);
      const { audio } = recording;
      if (!audio) throw new ConflictException(`Recording ${id} has no audio yet: send it with PUT ${id}/audio first.`);
      const { durationSeconds, sampleRate, channels } = audio;
      const file = this.store.audioFile(id);
      const event = Object.assign(new RecordingEnded(), {
        recordingId: id,
        file,
        durationSeconds,
        sampleRate,
        channels,
      });
      return this.store.save({ ...recording, state: 'ended', endedAt: new Date().toISOString() }, () =>
        this.events.publish(event),
      );
    });
  }

  /** The file of a recording's audio. @throws NotFoundException if it has none */
  audioFile(id: string): string {
    if (!this.get(id).audio) throw new NotFoundException(`Recording ${id} has no audio yet.`);
    return this.store.audioFile(id);
  }

  /** Waits for uploads that the stop has broken off, so that the process does not end before they have tidied up. */
  async onModuleDestroy(): Promise<void> {
    await Promise.allSettled(this.#changes.values());
  }

  #notEnded(id: string): Recording {
    const recording = this.get(id);
    if (recording.state === 'ended')
      throw new ConflictException(`Recording ${id} has ended and does not change any more.`);
    return recording;
  }

  async #copy(id: string, source: Readable): Promise<RecordingAudio> {
    const target = await this.store.receiveAudio(id);
    try {
      return await receiveAudio({ source, target, maxBytes: this.config.maxBytes, signal: this.context.signal });
    } catch (error) {
      if (this.context.signal.aborted)
        throw new ServiceUnavailableException('The recordings plugin stops; send the audio again later.');
      throw httpError(error);
    }
  }

  /** Refuses instead of waiting: a second client that changes the same recording is a mistake of the clients. */
  async #exclusively<T>(id: string, change: () => Promise<T>): Promise<T> {
    this.get(id);
    if (this.#changes.has(id)) throw new ConflictException(`Recording ${id} is being changed by another request.`);
    const running = change();
    this.#changes.set(id, running);
    try {
      return await running;
    } finally {
      this.#changes.delete(id);
    }
  }
}

function httpError(error: unknown): unknown {
  if (error instanceof AudioTooLargeError) return new PayloadTooLargeException(error.message);
  if (!(error instanceof WaveFormatError)) return error;
  return error.kind === 'foreign'
    ? new UnsupportedMediaTypeException(error.message)
    : new UnprocessableEntityException(error.message);
}
