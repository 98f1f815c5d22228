import { EventContract, OnEvent, Plugin, PluginEvents } from '../../src/index.js';
import { hostApp } from '../support/host-app.js';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const IS_FULL = process.env['PANOTTI_TEST_FULL'] === '1';
const RESTARTS = IS_FULL ? 10_000 : 1_000;
/** Of the short form so little that a kilobyte a restart is over it. */
const HEAP_MB = IS_FULL ? 2 : 0.9;
const CASE = join(import.meta.dirname, '../../bench/restart/case.ts');

interface Report {
  readonly grownBytes: number;
  readonly answers: number;
  readonly keptBefore: object;
  readonly keptAfter: object;
}

@EventContract('source.told')
class Told {
  number = 0;
}

let events: PluginEvents;

@Plugin({ name: 'source', version: '1.0.0', emits: [Told] })
class Source {
  constructor(own: PluginEvents) {
    events = own;
  }
}

const heard: { readonly number: number; readonly byStopped: boolean }[] = [];

@Plugin({ name: 'sink', version: '1.0.0' })
class Sink {
  #isStopped = false;

  @OnEvent(Told)
  async hear({ number }: Told): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    heard.push({ number, byStopped: this.#isStopped });
  }

  onModuleDestroy(): void {
    this.#isStopped = true;
  }
}

describe('F-22 a plugin that is restarted again and again', () => {
  it.each([
    { what: 'restarts', rounds: RESTARTS, heapMb: HEAP_MB, args: [] },
    // Each writes a file, twice.
    { what: 'times that it was disabled and enabled', rounds: 1_000, heapMb: IS_FULL ? 5 : 0.9, args: ['toggle'] },
  ])(
    'F-22 leaves no handle, listener, module or metric behind, and the heap within $heapMb MB, after $rounds $what under HTTP traffic',
    async ({ rounds, heapMb, args }) => {
      const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', CASE, String(rounds), ...args]);
      const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Report;

      expect(report.keptAfter).toEqual(report.keptBefore);
      expect(report.grownBytes).toBeLessThanOrEqual(heapMb * 1_000_000);
      expect(report.answers).toBeGreaterThan(20);
    },
    600_000,
  );

  it('F-22 is given no event after its instance has stopped, and each event once, over 100 restarts with events all the time', async () => {
    await using test = await hostApp([Source, Sink]);
    let number = 0;
    const publish = (): void => {
      void events.publish(Object.assign(new Told(), { number: number++ }));
    };
    for (let restart = 0; restart < 100; restart++) {
      publish();
      const restarted = test.host.restart('sink');
      publish();
      await new Promise((resolve) => setImmediate(resolve));
      publish();
      await restarted;
    }
    await events.publishAndWait(Object.assign(new Told(), { number: number++ }));

    expect(heard.filter(({ byStopped }) => byStopped)).toEqual([]);
    expect(heard.map((one) => one.number).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: number }, (_, index) => index),
    );
  });
});
