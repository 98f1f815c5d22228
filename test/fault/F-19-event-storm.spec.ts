import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventContract, OnEvent } from '../../src/events/index.js';
import { MemoryStore } from '../../src/storage/index.js';
import { settle } from '../support/fake-clock.js';
import { DurableBench } from '../unit/events/durable/durable-bench.js';

const STORM = join(import.meta.dirname, '../fixtures/delivery/storm.mjs');
const DURATION_MS = process.env['PANOTTI_TEST_FULL'] ? 60_000 : 2_000;

/** V8 lets garbage lie for as long as it is allowed to. In a heap of this size nothing fits that is not bounded, and nothing hides. */
const SMALL_HEAP = ['--max-old-space-size=80', '--max-semi-space-size=8'];

interface Counts {
  readonly kept: number;
  readonly passing: number;
}

interface StormReport {
  readonly published: Counts;
  readonly accepted: number;
  readonly handled: Counts & { readonly failed: number };
  readonly rejected: Counts & { readonly codes: readonly string[] };
  readonly pending: Counts;
  readonly finally: Counts;
  readonly heapGrownMb: number;
  readonly rssGrownMb: number;
}

describe('F-19 a plugin publishes faster than its consumers can handle', () => {
  let report: StormReport;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      ...SMALL_HEAP,
      STORM,
      String(DURATION_MS),
      '300',
    ]);
    report = JSON.parse(stdout) as StormReport;
  }, DURATION_MS + 90_000);

  it('F-19 leaves no event without an account: published is handled and rejected and pending, exactly', () => {
    const { published, handled, rejected, pending, accepted } = report;
    expect(published.kept).toBe(handled.kept + rejected.kept + pending.kept);
    expect(published.passing).toBe(handled.passing + rejected.passing + pending.passing);
    expect(report.finally).toEqual({ kept: accepted, passing: published.passing - rejected.passing, failed: 0 });
  });

  it('F-19 rejects with a code, because the consumers are slower than the storm', () => {
    expect(report.rejected.codes.toSorted()).toEqual(['EVENT_BACKLOG_FULL', 'EVENT_QUEUE_FULL']);
    // How many, depends on the machine.
    expect(Math.min(report.rejected.kept, report.rejected.passing)).toBeGreaterThan(0);
    expect(Math.max(report.pending.kept, report.pending.passing)).toBeLessThanOrEqual(5_000);
  });

  it('F-19 keeps no more in memory than the limits allow', () => {
    expect(report.heapGrownMb).toBeLessThan(16);
    expect(report.rssGrownMb).toBeLessThanOrEqual(64);
  });
});

@EventContract('ping.made')
class Ping {
  constructor(readonly round: number) {}
}

@EventContract('pong.made')
class Pong {
  constructor(readonly round: number) {}
}

describe('F-19 two durable handlers publish for each other without an end', () => {
  /** Opens a server on the store; from round `stopsAt` on nothing is handled, as if the process had ended. */
  async function opened(store: MemoryStore, stopsAt = Number.POSITIVE_INFINITY) {
    const bench = await DurableBench.opened(store);
    const events = bench.bus.publisherFor({ name: 'players', emits: [Ping, Pong] });
    const rounds: number[] = [];
    const play = async (round: number, next: object): Promise<void> => {
      if (round >= stopsAt) await new Promise(() => undefined);
      rounds.push(round);
      await events.publish(next);
    };
    class Players {
      @OnEvent(Ping, { delivery: 'durable' })
      ping({ round }: Ping): Promise<void> {
        return play(round, new Pong(round + 1));
      }

      @OnEvent(Pong, { delivery: 'durable' })
      pong({ round }: Pong): Promise<void> {
        return play(round, new Ping(round + 1));
      }
    }
    await bench.started('players', new Players());
    return { bench, events, rounds };
  }

  async function ended(bench: DurableBench): Promise<string[]> {
    for (let turn = 0; turn < 40; turn++) await settle();
    const letters = await bench.letters('players.pong');
    return letters.map(({ attempts, errors }) => `${attempts} ${errors[0]?.name}: ${errors[0]?.message}`);
  }

  it('F-19 are stopped at the depth of 32, with the cycle in the message, and not tried again', async () => {
    const { bench, events, rounds } = await opened(new MemoryStore());
    await events.publish(new Ping(1));
    expect(await ended(bench)).toEqual([
      expect.stringMatching(/^1 EventDepthError: .*more than 32 causes deep: ping\.made -> pong\.made -> ping\.made/),
    ]);
    // Each was called once: the last could not publish.
    expect(rounds).toEqual(Array.from({ length: 32 }, (_, index) => index + 1));
  });

  it('F-19 are stopped there as well where the server was restarted in between', async () => {
    const store = new MemoryStore();
    const before = await opened(store, 30);
    await before.events.publish(new Ping(1));
    for (let turn = 0; turn < 40; turn++) await settle();
    expect(before.rounds.at(-1)).toBe(29);
    const { bench, rounds } = await opened(store);
    expect(await ended(bench)).toEqual([
      expect.stringMatching(/^1 EventDepthError: .*more than 32 causes deep: ping\.made -> pong\.made -> ping\.made/),
    ]);
    expect(rounds).toEqual([30, 31, 32]);
  });

  it('F-19 are named also where the last of them comes out of the store', async () => {
    const store = new MemoryStore();
    const before = await opened(store, 32);
    await before.events.publish(new Ping(1));
    for (let turn = 0; turn < 40; turn++) await settle();
    const { bench, rounds } = await opened(store);
    expect(await ended(bench)).toEqual([expect.stringMatching(/ping\.made -> pong\.made -> ping\.made/)]);
    expect(rounds).toEqual([32]);
  });
});
