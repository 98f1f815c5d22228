import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EventContract, OnEvent, type PluginEvents } from '../../src/events/index.js';
import type { EventContext } from '../../src/plugin/index.js';
import { MemoryStore, SqliteStore } from '../../src/storage/index.js';
import { settle } from '../support/fake-clock.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';
import { DurableBench, JobMade, Notes, Worker } from '../unit/events/durable/durable-bench.js';

const panotti = 'plugins:\n  directories: [../plugins]\n';

describe('F-18 an event that ends the process', () => {
  it('F-18 is parked after five boots, and the server lives', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'panotti-poison-'));
    const ORDERS_JOURNAL = join(folder.path, 'journal');
    const env = { ORDERS_JOURNAL, ORDERS_POISON: 'yes' };
    await using first = await ServerProcess.spawn({ panotti, pluginFolders: ['durable-orders'], env });
    const codes = [await first.exitCode()];
    let last: ServerProcess | undefined;
    while (codes.at(-1) === 70 && codes.length < 8) {
      last = first.spawnedAgain({ env: { ...env, ORDERS_PUBLISH: 'no' } });
      const parked = waitForParked(last);
      codes.push(await Promise.race([last.exitCode(), parked]));
    }
    last?.signal('SIGTERM');

    expect(codes).toEqual([70, 70, 70, 70, 70, 70, 0]);
    expect(await last?.exitCode()).toBe(0);
    expect(last?.log().some(({ msg }) => msg.includes('durable-orders.count') && msg.includes('dead letter'))).toBe(
      true,
    );
  });
});

async function waitForParked(server: ServerProcess): Promise<number> {
  await server.logged((msg) => msg.includes('dead letter'));
  return 0;
}

class Keyed extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', key: ({ customer }) => customer })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

const silentCause = new Error('with a cause', { cause: 'a text' });
/** What a handler may throw, and what the dead letter says of it. */
const THROWN: readonly { readonly what: string; readonly thrown: unknown; readonly message: RegExp }[] = [
  { what: 'an error', thrown: new Error('always'), message: /^always$/ },
  { what: 'an error with a cause', thrown: silentCause, message: /with a cause/ },
  { what: 'a text', thrown: 'a text', message: /a text/ },
  { what: 'nothing', thrown: undefined, message: /undefined/ },
  { what: 'null', thrown: null, message: /null/ },
  { what: 'an object', thrown: { code: 7 }, message: /./ },
  { what: 'a symbol', thrown: Symbol('odd'), message: /odd/ },
  { what: 'an object without a prototype', thrown: Object.create(null), message: /./ },
];

describe('F-18 an event with which the handler always fails', () => {
  it.each(THROWN)(
    'F-18 is parked after exactly five attempts where it throws $what, while other keys go on',
    async ({ thrown, message }) => {
      const bench = await DurableBench.opened();
      const worker = new Keyed();
      worker.behave = ({ customer }) => {
        if (customer === 'poison') throw thrown;
      };
      await bench.started('mail', worker);
      await bench.events.publish(new JobMade(0, 'poison'), { id: 'poison' });
      for (let job = 1; job <= 20; job++) await bench.events.publish(new JobMade(job, 'other'));
      await settle();
      await settle();
      // Before the second attempt with the poison.
      expect(worker.jobs).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      await bench.clock.advance(3_600_000);

      expect(worker.attempts.filter((attempt) => attempt.startsWith('0 '))).toEqual([
        '0 1',
        '0 2',
        '0 3',
        '0 4',
        '0 5',
      ]);
      const { deadLetters } = bench;
      const letter = await deadLetters.show('mail.handle', 'poison');
      expect(letter).toMatchObject({ attempts: 5, payload: { job: 0 } });
      expect(letter?.errors[0]?.message).toMatch(message);

      worker.behave = () => undefined;
      expect(await deadLetters.retry('mail.handle', 'poison', bench.clock.now())).toBe(true);
      await bench.clock.advance(1);
      expect(worker.jobs.at(-1)).toBe(0);
      expect(await bench.letters('mail.handle')).toEqual([]);
    },
  );
});

describe('F-18 an event that no handler can be given', () => {
  @EventContract('job.versioned', { version: 2 })
  class Newer {
    constructor(
      readonly job: number,
      readonly customer: string,
    ) {}
  }
  @EventContract('job.versioned', { version: 1 })
  class Older {
    constructor(
      readonly job: number,
      readonly customer: string,
    ) {}
  }
  class OldPlugin {
    readonly jobs: number[] = [];

    @OnEvent(Older, { delivery: 'durable', key: ({ customer }) => customer })
    handle({ job }: Older): void {
      this.jobs.push(job);
    }
  }
  class NewPlugin {
    readonly jobs: number[] = [];

    @OnEvent(Newer, { delivery: 'durable', key: ({ customer }) => customer })
    handle({ job }: Newer): void {
      this.jobs.push(job);
    }
  }

  it('F-18 waits parked where it is of a newer version than the plugin, holds up its key alone, and comes when a newer plugin is there', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const old = new OldPlugin();
    await bench.started('mail', old);
    const events = (emitted: typeof Newer | typeof Older): PluginEvents =>
      bench.bus.publisherFor({ name: 'shop', emits: [emitted] });
    await events(Newer).publish(new Newer(1, 'held'));
    for (const customer of ['held', 'other']) await events(Older).publish(new Older(2, customer));
    await settle();
    expect(old.jobs).toEqual([2]);
    expect(bench.bus.durable.known.get('mail.handle')).toMatchObject({ backlog: { size: 2, parked: 1 } });
    expect(await bench.letters('mail.handle')).toEqual([]);
    expect(bench.bus.parked?.degradation('mail')).toContain('"mail.handle"');
    await bench.bus.close();

    const later = await DurableBench.opened(store);
    const renewed = new NewPlugin();
    await later.started('mail', renewed);
    await settle();
    await later.clock.advance(1);
    expect(renewed.jobs).toEqual([1, 2]);
    expect(later.bus.durable.known.get('mail.handle')).toMatchObject({ backlog: { size: 0, parked: 0 } });
  });

  it('F-18 is parked by the store where it cannot be opened, is delivered to nobody, and holds nothing up', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'panotti-poison-'));
    const path = join(folder.path, 'store.db');
    const first = await SqliteStore.open({ path });
    const bench = await DurableBench.opened(first);
    (await bench.started('mail', new Worker())).close();
    for (const job of [1, 2, 3]) await bench.events.publish(new JobMade(job));
    await bench.bus.close();
    await first.close();
    const db = new DatabaseSync(path);
    db.exec('UPDATE log SET body = replace(body, \'"job":2\', \'"job":9\') WHERE position = 2');
    db.close();

    const second = await SqliteStore.open({ path });
    const later = await DurableBench.opened(second);
    const worker = new Worker();
    await later.started('mail', worker);
    await waitFor(() => worker.jobs.length === 2);
    await settle();
    expect(worker.jobs).toEqual([1, 3]);
    expect(await second.parked()).toMatchObject([{ kind: 'entry', position: 2 }]);
    expect((await second.cursors()).get('mail.handle')?.position).toBe(3);
    expect(later.backlogOf('mail.handle')).toBe(0);
    await later.bus.close();
    await second.close();
  });
});
