/** Takes recordings over HTTP, keeps them, and tells others when one begins and when it is complete. */
import type { OnModuleInit } from '@nestjs/common';
import { HealthCheck, Plugin } from 'panotti';
import { RecordingFeed } from './recording-feed.js';
import { Recording } from './recording.js';
import { RecordingStore } from './recording-store.js';
import { RecordingsConfig } from './recordings.config.js';
import { RecordingsController } from './recordings.controller.js';
import { RecordingEnded, RecordingStarted } from './recordings.events.js';
import { RecordingsService } from './recordings.service.js';

@Plugin({
  name: 'recordings',
  version: '1.0.0',
  description: 'Takes audio recordings over HTTP and keeps them.',
  requires: { host: '^1.0.0' },
  config: RecordingsConfig,
  stores: { sessions: Recording },
  emits: [RecordingStarted, RecordingEnded],
  providers: [RecordingStore, RecordingsService, RecordingFeed],
  controllers: [RecordingsController],
})
export class RecordingsPlugin implements OnModuleInit {
  constructor(private readonly store: RecordingStore) {}

  onModuleInit(): Promise<void> {
    return this.store.load();
  }

  @HealthCheck('data-directory')
  async dataDirectoryIsWritable(): Promise<{ recordings: number }> {
    await this.store.probe();
    return { recordings: this.store.size };
  }
}
