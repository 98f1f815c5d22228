import { EventContract, OnEvent, Plugin, PluginEvents } from '../../src/index.js';
import { hostApp } from '../support/host-app.js';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const RESTARTS = process.env['PANOTTI_TEST_FULL'] === '1' ? 10_000 : 1_000;
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
  it(`F-22 leaves no handle, listener, module or metric behind, and the heap within 5 MB, after ${RESTARTS} restarts under HTTP traffic`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', CASE, String(RESTARTS)]);
    const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Report;

    expect(report.keptAfter).toEqual(report.keptBefore);
    expect(report.grownBytes).toBeLessThanOrEqual(5_000_000);
    expect(report.answers).toBeGreaterThan(20);
  }, 120_000);

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
    expect(heard.map((one) => one.number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: number }, (_, index) => index));
  });
});
