import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../../../src/common/index.js';
import { EventContract, OnEvent, StoreEventOperations } from '../../../../src/events/index.js';
import { LocalOperations } from '../../../../src/management/index.js';
import { ControlChannel } from '../../../../src/management/control-channel.js';
import { ControlSocket } from '../../../../src/management/control-socket.js';
import { SqliteStore } from '../../../../src/storage/index.js';
import { settle } from '../../../support/fake-clock.js';
import { waitFor } from '../../../support/wait-for.js';
import { DurableBench, Notes } from '../../events/durable/durable-bench.js';
import { type Ran, runCommand, surroundingsIn } from '../../../support/run-command.js';

@EventContract('order.placed', { version: 2 })
class OrderPlaced {
  constructor(
    readonly number: number,
    readonly customer: string,
  ) {}
}

class Till extends Notes {
  @OnEvent(OrderPlaced, { delivery: 'durable', retry: { attempts: 1 } })
  async bill({ number }: OrderPlaced): Promise<void> {
    if (number > 1) throw new Error(`Order ${number} is refused`, { cause: new TypeError('no till') });
  }
}

let root: string;
let ids: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'panotti-cli-events-'));
  await mkdir(join(root, 'config'));
  ids = [];
});
afterEach(() => rm(root, { recursive: true }));

/** Three orders; the till takes the first. */
async function seed(data = 'data'): Promise<void> {
  mkdirSync(join(root, data, 'panotti'), { recursive: true });
  const store = await SqliteStore.open({ path: join(root, data, 'panotti/store.db') });
  const bench = await DurableBench.opened(store);
  await bench.started('shop', new Till());
  const events = bench.bus.publisherFor({ name: 'web', emits: [OrderPlaced] });
  for (const number of [1, 2, 3]) {
    await events.publish(new OrderPlaced(number, 'Ada \u202Eb'));
    await bench.clock.advance(60_000);
  }
  await waitFor(async () => (await store.totals('dead-letters'))[0]?.count === 2);
  await settle();
  ids = (await store.readLog({ after: 0 })).entries.map(({ id }) => id);
  await bench.bus.close();
  await store.close();
}

function run(...args: string[]): Promise<Ran> {
  return runCommand(args, surroundingsIn(root));
}

/** With names for what is another one each time. */
async function shown(...args: string[]): Promise<string> {
  const { code, out, err } = await run(...args);
  expect([code, err]).toEqual([0, expect.any(String)]);
  const named = ids.reduce((text, id, index) => text.replaceAll(id, `<id ${index + 1}>`), out + err);
  return named.replaceAll(/Correlation .*/g, 'Correlation  <id>');
}

describe('panotti events list', () => {
  it('shows a table, and where the next page is', async () => {
    await seed();

    expect(await shown('events', 'list', '--limit', '2')).toBe(
      `
TIME                      ID                                    NAME          SOURCE  BYTES  PENDING
2026-01-01T00:02:00.000Z  <id 3>  order.placed  web     34     shop.bill: dead, 1 attempt
2026-01-01T00:01:00.000Z  <id 2>  order.placed  web     34     shop.bill: dead, 1 attempt

Older ones: add --page 1
`.trimStart(),
    );
    expect(await shown('events', 'list', '--page', '1')).toContain('<id 1>');
    expect(await shown('events', 'list', '--name', 'nobody.*')).toBe('No stored event matches.\n');
    expect(await shown('events', 'list', '--until', '2026-01-01T00:01:00Z')).not.toContain('<id 2>');
    expect(await shown('events', 'list', '--since', '2026-01-01T00:02:00Z')).not.toContain('<id 2>');
  });

  it('prints JSON for programs', async () => {
    await seed();
    const { out } = await run('events', 'list', '--limit', '1', '--json');

    expect(JSON.parse(out)).toEqual({
      events: [
        {
          id: ids[2],
          position: 3,
          name: 'order.placed',
          version: 2,
          source: 'web',
          time: '2026-01-01T00:02:00.000Z',
          bytes: 34,
          deliveries: [
            expect.objectContaining({ subscription: 'shop.bill', state: 'dead', at: '2026-01-01T00:02:00.000Z' }),
          ],
        },
      ],
      next: 2,
      damaged: 0,
    });
  });
});

describe('panotti events show', () => {
  it('shows the envelope, where each subscription stands, and the payload', async () => {
    await seed();

    expect(await shown('events', 'show', ids[1] ?? '')).toBe(
      `
Event        <id 2>
Name         order.placed, version 2
Source       web
Time         2026-01-01T00:01:00.000Z
Correlation  <id>
Cause        -
Priority     normal
Payload      34 bytes

SUBSCRIPTION  STATE  ATTEMPTS  AT                        ERROR
shop.bill     dead   1         2026-01-01T00:01:00.000Z  Error: Order 2 is refused

{
  "number": 2,
  "customer": "Ada \\u202eb"
}
`.trimStart(),
    );
    const { out } = await run('events', 'show', ids[1] ?? '', '--json');
    expect(JSON.parse(out)).toMatchObject({ id: ids[1], payload: { number: 2, customer: 'Ada \u202Eb' }, version: 2 });
  });

  it('ends with 64 for an id that none has, and names the one that was meant', async () => {
    await seed();
    const { code, err } = await run('events', 'show', (ids[0] ?? '').slice(0, -3));

    expect(code).toBe(64);
    expect(err).toContain(
      `EVENT_NOT_FOUND  No stored event has the id "${(ids[0] ?? '').slice(0, -3)}". Did you mean "${ids[0]}"?`,
    );
  });
});

describe('panotti events tail', () => {
  it('shows what is there, the newest last, and says that nothing will follow where no server runs', async () => {
    await seed();
    const { code, out, err } = await run('events', 'tail', '--lines', '2');

    expect(code).toBe(0);
    expect(out).toBe(
      `2026-01-01T00:01:00.000Z  ${ids[1]}  order.placed  web  34 bytes\n2026-01-01T00:02:00.000Z  ${ids[2]}  order.placed  web  34 bytes\n`,
    );
    expect(err).toBe('No server runs here: this is all that its store has, and nothing will be added.\n');
    const lines = (await run('events', 'tail', '--json')).out.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(ids);
  });
});

describe('panotti events replay', () => {
  it('says what it will do and what it did, and with --dry-run does nothing', async () => {
    await seed();
    const plan = '2 events to 1 subscription: 2 deliveries.\n  shop.bill  2\n';
    const query = ['events', 'replay', '--from', '2026-01-01T00:00:30Z', '--until', '2026-01-01T00:05:00Z'];

    expect(await shown(...query, '--dry-run')).toBe(`${plan}Nothing has been done.\n`);
    expect(await shown(...query)).toBe(`${plan}Done: 2 deliveries are due when the server runs again.\n`);
    expect(await shown(...query)).toContain('There is nothing to replay');
    expect(await shown('events', 'replay', '--id', ids[0] ?? '', '--to', 'shop.bill')).toContain(
      '1 delivery is due when',
    );
    expect(await shown('events', 'list')).toContain('shop.bill: waiting; shop.bill: dead, 1 attempt');
  });

  it('prints JSON for programs', async () => {
    await seed();
    const result = async (...more: string[]): Promise<unknown> =>
      JSON.parse((await run('events', 'replay', '--all', '--json', ...more)).out);
    const plan = { events: 3, deliveries: [{ subscription: 'shop.bill', count: 3 }], total: 3, isLive: false };

    expect(await result('--dry-run')).toEqual({ ...plan, isDone: false });
    expect(await result()).toEqual({ ...plan, isDone: true });
    expect(await result()).toMatchObject({ events: 0, total: 0 });
  });

  it.each([
    ['nothing to choose by', []],
    ['an id and a range', ['--id', 'x', '--from', '2h']],
    ['an id and all', ['--id', 'x', '--all']],
    ['all and a name', ['--all', '--name', 'a.*']],
    ['no moment', ['--from', 'yesterday']],
    ['no pattern', ['--name', 'a b']],
  ])('ends with 64 for %s, before anything is opened', async (_what, args) => {
    const { code, err } = await run('events', 'replay', ...args);

    expect([code, err]).toEqual([64, expect.stringContaining('error: ')]);
  });

  it('ends with 64 for a subscription that nobody knows', async () => {
    await seed();
    const { code, err } = await run('events', 'replay', '--all', '--to', 'shop.bil');

    expect([code, err]).toEqual([64, expect.stringContaining('SUBSCRIPTION_UNKNOWN')]);
    expect(err).toContain('Did you mean "shop.bill"?');
  });
});

describe('panotti dead-letters', () => {
  it('lists and shows deliveries that were given up, and why', async () => {
    await seed();

    expect(await shown('dead-letters', 'list', '--limit', '1')).toBe(
      `
GIVEN UP                  EVENT ID                              EVENT         SUBSCRIPTION  ATTEMPTS  ERROR
2026-01-01T00:01:00.000Z  <id 2>  order.placed  shop.bill     1         Error: Order 2 is refused

More: add --page <id 2>@shop.bill
`.trimStart(),
    );
    expect(await shown('dead-letters', 'list', '--page', `${ids[1]}@shop.bill`)).toMatch(/<id 3>/);
    expect(await shown('dead-letters', 'show', ids[1] ?? '')).toBe(
      `
Event         <id 2>
Name          order.placed
Source        web
Time          2026-01-01T00:01:00.000Z
Subscription  shop.bill
Given up      2026-01-01T00:01:00.000Z, after 1 attempt
Error         Error: Order 2 is refused
Caused by     TypeError: no till

{
  "number": 2,
  "customer": "Ada \\u202eb"
}
`.trimStart(),
    );
    const { out } = await run('dead-letters', 'show', ids[1] ?? '', '--json');
    expect(JSON.parse(out)).toMatchObject({
      letters: [{ eventId: ids[1], diedAt: '2026-01-01T00:01:00.000Z', payload: { number: 2 } }],
    });
  });

  it('retries one, then all that are left', async () => {
    await seed();

    expect(await shown('dead-letters', 'retry', ids[1] ?? '')).toBe(
      '1 dead letter to be delivered again when the server runs.\n',
    );
    expect((await run('dead-letters', 'retry', ids[1] ?? '')).code).toBe(64);
    const { out } = await run('dead-letters', 'retry', '--all', '--plugin', 'shop', '--json');
    expect(JSON.parse(out)).toEqual({ retried: 1, stranded: 0, isLive: false });
    expect(await shown('dead-letters', 'list')).toBe('There are no dead letters.\n');
  });

  it('drops one at once, and all only with --yes', async () => {
    await seed();

    const refused = await run('dead-letters', 'drop', '--all', '--event', 'order.*');
    expect(refused).toEqual({
      code: 64,
      out: '',
      err: 'error: this would drop 2 dead letters for good, and nothing has been done. Add --yes to do it.\n',
    });
    expect(await shown('dead-letters', 'drop', ids[1] ?? '')).toBe('1 dead letter dropped.\n');
    expect(JSON.parse((await run('dead-letters', 'drop', '--all', '--yes', '--json')).out)).toEqual({ dropped: 1 });
    expect(await shown('dead-letters', 'list')).toBe('There are no dead letters.\n');
  });

  it.each([
    ['retry', []],
    ['retry', ['--plugin', 'shop']],
    ['retry', ['x', '--all']],
    ['drop', []],
    ['drop', ['x', '--all', '--yes']],
    ['list', ['--limit', '0']],
    ['list', ['--limit', '1001']],
    ['list', ['--limit', 'many']],
  ])('%s ends with 64 for %j, before anything is opened', async (command, args) => {
    const { code, err } = await run('dead-letters', command, ...args);

    expect([code, err]).toEqual([64, expect.stringContaining('error: ')]);
  });
});

describe('panotti events with a server', () => {
  it('goes through it also where the path of its data directory is too long for a socket', async () => {
    if (process.platform !== 'linux') return;
    const data = 'd'.repeat(100);
    await seed(data);
    const clock = new SystemClock();
    const store = await SqliteStore.open({ path: join(root, data, 'panotti/store.db') });
    const channel = await ControlChannel.open(
      new ControlSocket(join(root, data)),
      new LocalOperations({ events: await StoreEventOperations.offline(store, clock) }),
      clock,
    );
    const replayed = await run('--data-dir', join(root, data), 'events', 'replay', '--all');
    const listed = await run('--data-dir', join(root, data), 'dead-letters', 'list');
    await channel.close();
    await store.close();

    expect(replayed).toMatchObject({ code: 0, out: expect.stringContaining('Done: 3 deliveries are due now.') });
    expect(listed).toMatchObject({ code: 0, out: expect.stringContaining(ids[1] ?? '?') });
  });
});

describe('panotti events without a server', () => {
  it('ends with 74 where there is no store, and makes none', async () => {
    const { code, err } = await run('events', 'list');

    expect([code, err]).toEqual([74, expect.stringContaining('STORE_MISSING')]);
    expect(existsSync(join(root, 'data'))).toBe(false);
  });

  it('ends with 75 where another process has the store and has no control channel', async () => {
    await seed();
    const store = await SqliteStore.open({ path: join(root, 'data/panotti/store.db') });
    const { code, err } = await run('events', 'list');
    await store.close();

    expect([code, err]).toEqual([75, expect.stringContaining('CONTROL_UNREACHABLE')]);
    expect(err).toContain('Its control channel does not answer here.');
  });

  it('ends with 75 where a store in memory is gone with its server', async () => {
    await writeFile(join(root, 'config/panotti.yaml'), 'storage: { driver: memory }\n');
    const { code, err } = await run('events', 'list');

    expect([code, err]).toEqual([75, expect.stringContaining('none runs there, and its store is in memory.')]);
  });

  it('ends with 78 where the configuration is wrong', async () => {
    await seed();
    await writeFile(join(root, 'config/panotti.yaml'), 'storage: { pth: x }\n');

    expect((await run('dead-letters', 'list')).code).toBe(78);
  });

  it('leaves the store as a server that was killed has left it, orphans included', async () => {
    await seed();
    const path = join(root, 'data/panotti/store.db');
    const before = await SqliteStore.open({ path });
    await before.commit([{ op: 'put', table: 'host', scope: 'durable', key: 'running', value: 'running' }]);
    await before.close();
    await run('dead-letters', 'retry', '--all');

    const after = await SqliteStore.open({ path });
    expect((await after.get('host', 'durable', 'running'))?.value).toBe('running');
    await after.close();
  });
});
