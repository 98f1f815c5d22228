/** The parts of the recordings plugin in a plain Nest application: what the host would inject is made by hand, so that only the plugin is tested. */
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SystemClock } from '../../../../src/common/index.js';
import { HttpOptions } from '../../../../src/http/index.js';
import { readAcceptedBodies } from '../../../../src/http/bodies/accepts-body.metadata.js';
import { BodyDoor } from '../../../../src/http/body-door.js';
import { BodyOptions } from '../../../../src/http/bodies/body.options.js';
import { BodyPolicy } from '../../../../src/http/bodies/body-policy.js';
import { PluginContext, PluginEvents, type EventContext, type PluginStore } from 'panotti';
import { RecordingFeed } from '../../../../src/plugins/recordings/recording-feed.js';
import { Recording } from '../../../../src/plugins/recordings/recording.js';
import { RecordingStore } from '../../../../src/plugins/recordings/recording-store.js';
import { RecordingsConfig } from '../../../../src/plugins/recordings/recordings.config.js';
import { RecordingsController } from '../../../../src/plugins/recordings/recordings.controller.js';
import { RecordingsPlugin } from '../../../../src/plugins/recordings/recordings.plugin.js';
import { RecordingsService } from '../../../../src/plugins/recordings/recordings.service.js';
import { storeToken } from '../../../../src/state/index.js';
import type { Store } from '../../../../src/storage/index.js';
import { openMemory } from '../../../support/plugin-memory.js';

export type RequestBody = NonNullable<RequestInit['body']>;

export class RecordingsServer {
  readonly #app: NestFastifyApplication;
  readonly #stopping: AbortController;
  readonly published: readonly object[];
  readonly url: string;

  private constructor(
    app: NestFastifyApplication,
    stopping: AbortController,
    published: readonly object[],
    url: string,
  ) {
    this.#app = app;
    this.#stopping = stopping;
    this.published = published;
    this.url = url;
  }

  /** @param store what survives a restart besides the files of `dataDirectory` */
  static async start(dataDirectory: string, maxBytes: number, store: Store): Promise<RecordingsServer> {
    const stopping = new AbortController();
    const published: object[] = [];
    const memory = await openMemory(store, { name: 'recordings', stores: { sessions: Recording } });
    const module = recordingsModule({
      dataDirectory,
      maxBytes,
      stopping,
      published,
      sessions: memory.store('sessions'),
    });
    const adapter = new FastifyAdapter({ forceCloseConnections: true });
    const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
      logger: ['warn', 'fatal'],
      bodyParser: false,
    });
    const door = new BodyDoor(new HttpOptions(), new SystemClock());
    const fastify = adapter.getInstance();
    door.install(fastify);
    fastify.addHook('onRequest', (request, reply, next) => {
      const declared =
        request.method === 'PUT' ? readAcceptedBodies(RecordingsController.prototype.receive) : undefined;
      next(door.admit(request, reply, new BodyPolicy(declared, new BodyOptions()), () => undefined));
    });
    await app.listen(0, '127.0.0.1');
    return new RecordingsServer(app, stopping, published, await app.getUrl());
  }

  async call(
    method: string,
    path: string,
    body?: RequestBody,
    type?: string,
    signal?: AbortSignal,
  ): Promise<{ status: number; body: unknown }> {
    const init = {
      method,
      body: body ?? null,
      headers: type === undefined ? {} : { 'content-type': type },
      signal: signal ?? null,
    };
    // Fetch needs it for a body that is a stream.
    const response = await fetch(`${this.url}${path}`, { ...init, duplex: 'half' } as RequestInit);
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  async open(title?: string): Promise<string> {
    const body = title === undefined ? undefined : JSON.stringify({ title });
    const answer = await this.call('POST', '', body, body === undefined ? undefined : 'application/json');
    return (answer.body as { id: string }).id;
  }

  /** Gives the feed an event as the host would. */
  relay(name: string, payload: unknown, id = '1'): void {
    this.#app.get(RecordingFeed).relay(payload, { id, name, source: 'test', time: 0 } as EventContext);
  }

  /** What the host does after the drain: the signal, then the hooks. */
  async stopPlugin(): Promise<void> {
    this.#stopping.abort(new Error('stop'));
    await this.#app.get(RecordingsService).onModuleDestroy();
  }

  async stop(): Promise<void> {
    await this.stopPlugin();
    await this.#app.close();
  }
}

interface Parts {
  readonly dataDirectory: string;
  readonly maxBytes: number;
  readonly stopping: AbortController;
  readonly published: object[];
  readonly sessions: PluginStore<Recording>;
}

function recordingsModule({ dataDirectory, maxBytes, stopping, published, sessions }: Parts): new () => object {
  const details = {
    name: 'recordings',
    version: '1.0.0',
    attempt: 1,
    signal: stopping.signal,
    openDataDirectory: () => dataDirectory,
  };
  const events = { publish: async (event: object) => void published.push({ ...event }) };

  @Module({
    controllers: [RecordingsController],
    providers: [
      RecordingStore,
      RecordingsService,
      RecordingFeed,
      RecordingsPlugin,
      { provide: PluginContext, useValue: new PluginContext(details) },
      { provide: PluginEvents, useValue: events },
      { provide: storeToken('sessions'), useValue: sessions },
      { provide: RecordingsConfig, useValue: Object.assign(new RecordingsConfig(), { maxBytes }) },
    ],
  })
  class RecordingsTestModule {}
  return RecordingsTestModule;
}
