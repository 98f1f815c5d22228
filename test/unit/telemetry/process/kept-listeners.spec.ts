import { EventEmitter } from 'node:events';
import { runInContext } from '../../../../src/telemetry/index.js';
import { KeptListeners } from '../../../../src/telemetry/process/kept-listeners.js';
import { FakeClock } from '../../../support/fake-clock.js';

const ours = (): void => undefined;
const theirs = (): void => undefined;

function kept(against: 'plugins' | 'everybody' = 'everybody') {
  const clock = new FakeClock();
  const emitter = new EventEmitter();
  emitter.on('end', ours);
  const told: (string | undefined)[] = [];
  const keeper = new KeptListeners(clock, against, (plugin) => told.push(plugin));
  keeper.keepAll(emitter);
  emitter.on('end', theirs);
  return { clock, emitter, keeper, told };
}

const WAYS: Readonly<Record<string, (emitter: EventEmitter) => void>> = {
  off: (emitter) => void emitter.off('end', ours),
  removeListener: (emitter) => void emitter.removeListener('end', ours),
  removeAllListeners: (emitter) => void emitter.removeAllListeners(),
  'removeAllListeners of the name': (emitter) => void emitter.removeAllListeners('end'),
};

describe('listeners that are kept', () => {
  it.each(Object.entries(WAYS))('stay where a plugin removes them, and it is named: %s', (_way, remove) => {
    const { emitter, told } = kept();
    runInContext({ plugin: 'mail' }, () => remove(emitter));

    expect(emitter.listeners('end')).toContain(ours);
    expect(told).toEqual(['mail']);
  });

  it('are put back where they were removed without a call', async () => {
    const { clock, emitter, told } = kept();
    EventEmitter.prototype.removeAllListeners.call(emitter);
    await clock.advance(500);

    expect(emitter.listeners('end')).toEqual([ours]);
    expect(told).toEqual([undefined]);
  });

  it('do not keep those of others', () => {
    const { emitter, told } = kept();
    emitter.off('end', theirs);

    expect([emitter.listeners('end'), told]).toEqual([[ours], []]);
  });

  it('may be removed by the application where they are kept from plugins alone', () => {
    const { emitter, told } = kept('plugins');
    emitter.removeAllListeners();

    expect([emitter.listeners('end'), told]).toEqual([[], []]);
  });

  it('may be taken away for a time', () => {
    const { emitter, keeper, told } = kept();
    const suspended = keeper.suspend(emitter, 'end');
    expect(emitter.listeners('end')).toEqual([]);
    suspended[Symbol.dispose]();

    expect([emitter.listeners('end'), told]).toEqual([[ours, theirs], []]);
  });

  it('are kept no longer afterwards, and the methods are what they were', () => {
    const { clock, emitter, keeper } = kept();
    keeper[Symbol.dispose]();
    emitter.removeAllListeners();

    expect([emitter.listeners('end'), clock.pendingTimers]).toEqual([[], 0]);
    expect(emitter.removeAllListeners).toBe(EventEmitter.prototype.removeAllListeners);
  });
});
