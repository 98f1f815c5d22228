import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ControlChannelModule,
  EventContract,
  OnEvent,
  Plugin,
  PluginEvents,
  PluginHostModule,
} from '../../../src/index.js';
import { ControlClient } from '../../../src/management/index.js';
import { COUNT_DEAD_LETTERS, RETRY_DEAD_LETTERS } from '../../../src/management/operations/index.js';
import { waitFor } from '../../support/wait-for.js';

@EventContract('letter.written')
class LetterWritten {
  readonly text = 'Dear Ada';
}

let isTaken = false;
let handled = 0;

@Plugin({ name: 'post', version: '1.0.0', emits: [LetterWritten] })
class PostPlugin {
  constructor(private readonly events: PluginEvents) {}

  @OnEvent(LetterWritten, { delivery: 'durable', retry: { attempts: 1 } })
  async send(): Promise<void> {
    if (!isTaken) throw new Error('closed');
    handled++;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.events.publish(new LetterWritten());
  }
}

let dataDirectory: string;

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'panotti-embedded-'));
  isTaken = false;
  handled = 0;
});
afterEach(() => rm(dataDirectory, { recursive: true }));

async function embedded(...more: object[]): Promise<INestApplicationContext & AsyncDisposable> {
  const host = { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent', watchdog: false } };
  class Root {}
  Module({ imports: [PluginHostModule.forRoot({ dataDirectory, plugins: [PostPlugin], host }), ...more] as never[] })(
    Root,
  );
  const app = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
  return Object.assign(app, { [Symbol.asyncDispose]: () => app.close() });
}

describe('an application that embeds the host', () => {
  it('can be reached from a shell when it imports the control channel, until it closes', async () => {
    await using app = await embedded(ControlChannelModule);
    const operations = await ControlClient.connect(dataDirectory);
    await waitFor(async () => (await operations?.call(COUNT_DEAD_LETTERS, { plugin: 'post' })) === 1);
    isTaken = true;
    expect(await operations?.call(RETRY_DEAD_LETTERS, {})).toEqual({ count: 1, stranded: 0 });
    await waitFor(() => handled === 1);
    operations?.[Symbol.dispose]();
    await app.close();

    expect(await ControlClient.connect(dataDirectory)).toBeUndefined();
  });

  it('opens no channel by itself', async () => {
    await using app = await embedded();

    expect(app.get(PluginHostModule, { strict: false })).toBeDefined();
    expect(await ControlClient.connect(dataDirectory)).toBeUndefined();
    expect(existsSync(join(dataDirectory, 'panotti/control'))).toBe(false);
  });

  it('starts without a channel where there can be none', async () => {
    await mkdir(join(dataDirectory, 'panotti'));
    await writeFile(join(dataDirectory, 'panotti/control'), '');
    await using app = await embedded(ControlChannelModule);

    expect(app.get(PluginHostModule, { strict: false })).toBeDefined();
  });
});
