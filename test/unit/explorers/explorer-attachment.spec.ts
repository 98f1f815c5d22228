import { Logger } from '@nestjs/common';
import { ExplorerAttachment } from '../../../src/explorers/explorer-attachment.js';
import type { ExploredTarget, PluginExplorer } from '../../../src/explorers/plugin-explorer.port.js';
import { activeContext } from '../../../src/telemetry/index.js';
import { FakeClock, settle } from '../../support/fake-clock.js';

class Jobs {}

const target: ExploredTarget = {
  plugin: 'reports',
  instance: new Jobs(),
  type: Jobs,
  signal: new AbortController().signal,
};

const returning = (name: string, resource: Disposable | AsyncDisposable | undefined): PluginExplorer => ({
  name,
  claims: () => true,
  explore: () => resource,
});

let told: string[];
let logged: unknown[];
let clock: FakeClock;
let attachment: ExplorerAttachment;

beforeEach(() => {
  told = [];
  logged = [];
  clock = new FakeClock();
  attachment = new ExplorerAttachment('reports', clock, () => told.push('closed'));
  const quiet = () => undefined;
  Logger.overrideLogger({ log: quiet, warn: quiet, error: (line: unknown) => void logged.push(line) });
});

afterEach(() => Logger.overrideLogger(true));

describe('ExplorerAttachment', () => {
  it('explores and disposes in the context of the plugin, last made first, once', () => {
    const tell = (what: string): void => void told.push(`${what} in ${activeContext()?.plugin}`);
    const explorers = ['a', 'b'].map((name): PluginExplorer => {
      const explore = (): Disposable => {
        tell(`${name} explores`);
        return { [Symbol.dispose]: () => tell(`${name} ends`) };
      };
      return { name, claims: () => true, explore };
    });
    attachment.explore(target, [...explorers, returning('idle', undefined)]);
    attachment.close();
    attachment.close();

    expect(told).toEqual([
      'a explores in reports',
      'b explores in reports',
      'b ends in reports',
      'a ends in reports',
      'closed',
    ]);
  });

  it('logs what cannot be ended, and ends the rest', async () => {
    const failing = (): never => {
      throw new Error('stuck');
    };
    attachment.explore(target, [
      returning('first', { [Symbol.dispose]: () => void told.push('first ends') }),
      returning('throws', { [Symbol.dispose]: failing }),
      returning('throws at once', { [Symbol.asyncDispose]: failing }),
      returning('rejects', { [Symbol.asyncDispose]: () => Promise.reject(new Error('stuck')) }),
    ]);
    attachment.close();

    expect(await attachment.drain(1_000)).toEqual([]);
    expect(told).toEqual(['first ends', 'closed']);
    expect(logged.toSorted()).toEqual(
      ['rejects', 'throws at once', 'throws'].map(
        (name) => `${name} could not end its work for Jobs of plugin "reports": stuck`,
      ),
    );
  });

  it('waits for what ends later, and no longer than it may', async () => {
    let end = (): void => undefined;
    attachment.explore(target, [
      returning('slow', { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => (end = resolve)) }),
    ]);
    attachment.close();
    const first = attachment.drain(1_000);
    await clock.advance(1_000);

    expect(await first).toEqual(['what slow runs of Jobs was abandoned']);
    expect(await attachment.drain(0)).toEqual(['what slow runs of Jobs was abandoned']);

    const second = attachment.drain(1_000);
    end();
    expect(await second).toEqual([]);
    await settle();
    expect(clock.pendingTimers).toBe(0);
  });
});
