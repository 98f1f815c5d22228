import { Logger } from '@nestjs/common';
import type { PluginExplorer } from '../../../src/explorers/plugin-explorer.port.js';
import { PluginExplorers } from '../../../src/explorers/plugin-explorers.js';
import type { ContainedClass, NestInternals, NestModule } from '../../../src/nest/nest-internals.js';
import { FakeClock } from '../../support/fake-clock.js';

class Jobs {}

/** A module with these objects; a stranger to Nest. */
const moduleOf = (...instances: readonly (object | undefined)[]): NestModule =>
  ({ instances: instances.map((instance): ContainedClass => ({ type: Jobs, instance })) }) as unknown as NestModule;

const internals = {
  explorableOf: (module: NestModule) => (module as unknown as { instances: ContainedClass[] }).instances,
} as unknown as NestInternals;

const { signal } = new AbortController();

let told: string[];
let failsFor: string | undefined;
let explorers: PluginExplorers;

beforeEach(() => {
  told = [];
  failsFor = undefined;
  const explorer: PluginExplorer = {
    name: 'TestExplorer',
    claims: () => true,
    explore: ({ plugin }) => {
      if (plugin === failsFor) throw new Error('not for this one');
      told.push(`serves ${plugin}`);
      return { [Symbol.dispose]: () => told.push(`ends ${plugin}`) };
    },
  };
  explorers = new PluginExplorers([explorer], internals, new FakeClock());
});

describe('PluginExplorers', () => {
  it('explores each object of a plugin once, and nothing where there is none', () => {
    const jobs = new Jobs();
    explorers.attach('a', [moduleOf(jobs, jobs, undefined), moduleOf(jobs)], signal);

    expect(told).toEqual(['serves a']);
  });

  it('serves an object that plugins share for one of them at a time, as long as one of them runs', () => {
    const shared = moduleOf(new Jobs());
    const [a, b, c] = ['a', 'b', 'c'].map((plugin) => explorers.attach(plugin, [shared], signal));
    expect(told).toEqual(['serves a']);

    b?.close();
    expect(told).toEqual(['serves a']);
    a?.close();
    expect(told).toEqual(['serves a', 'ends a', 'serves c']);
    c?.close();
    expect(told).toEqual(['serves a', 'ends a', 'serves c', 'ends c']);

    explorers.attach('d', [shared], signal);
    expect(told.at(-1)).toBe('serves d');
  });

  it('logs a shared object that cannot be served any more', () => {
    const logged: unknown[] = [];
    const quiet = () => undefined;
    Logger.overrideLogger({ log: quiet, warn: quiet, error: (line: unknown) => void logged.push(line) });
    const shared = moduleOf(new Jobs());
    const [a, b] = ['a', 'b'].map((plugin) => explorers.attach(plugin, [shared], signal));
    failsFor = 'b';
    a?.close();
    b?.close();
    Logger.overrideLogger(true);

    expect(logged).toEqual([
      'Jobs, which plugin "b" shares with one that stopped, is no longer served: not for this one',
    ]);
    expect(told).toEqual(['serves a', 'ends a']);
  });

  it('leaves nothing attached when an explorer throws', () => {
    const shared = new Jobs();
    failsFor = 'a';
    expect(() => explorers.attach('a', [moduleOf(shared)], signal)).toThrow('not for this one');

    explorers.attach('b', [moduleOf(shared)], signal);
    expect(told).toEqual(['serves b']);
  });
});
