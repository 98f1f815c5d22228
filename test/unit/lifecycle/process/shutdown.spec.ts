import { EXIT } from '../../../../src/common/index.js';
import { Shutdown, type ShutdownDetails } from '../../../../src/lifecycle/index.js';
import { FakeClock } from '../../../support/fake-clock.js';

function shutdownWith(details: Partial<ShutdownDetails> = {}) {
  const clock = new FakeClock();
  const told: string[] = [];
  const exits: number[] = [];
  const shutdown = new Shutdown({
    clock,
    drainDelayMs: 100,
    timeoutMs: 1_000,
    announce: () => void told.push('not ready'),
    close: async (signal) => void told.push(`closed by ${signal}`),
    uncleanStops: () => [],
    say: () => undefined,
    exit: (code) => void exits.push(code),
    ...details,
  });
  return { clock, told, exits, shutdown };
}

describe('the shutdown', () => {
  it('turns readiness off, waits for the drain delay, closes and ends with 0', async () => {
    const { clock, told, exits, shutdown } = shutdownWith();
    shutdown.signal('SIGTERM');
    await clock.advance(99);
    expect(told).toEqual(['not ready']);

    await clock.advance(1);
    expect(told).toEqual(['not ready', 'closed by SIGTERM']);
    expect(exits).toEqual([EXIT.clean]);
  });

  it('ends at once with 143 at a second signal', async () => {
    const { clock, exits, shutdown } = shutdownWith({ close: () => new Promise(() => undefined) });
    shutdown.signal('SIGTERM');
    await clock.advance(300);
    shutdown.signal('SIGTERM');

    expect(exits).toEqual([EXIT.forced]);
  });

  it('takes another signal as a second one, however soon it comes', () => {
    const { exits, shutdown } = shutdownWith();
    shutdown.signal('SIGINT');
    shutdown.signal('SIGTERM');

    expect(exits).toEqual([EXIT.forced]);
  });

  it('takes the copy of a signal that npm passes on for the same key press', async () => {
    const { clock, exits, shutdown } = shutdownWith();
    shutdown.signal('SIGINT');
    await clock.advance(20);
    shutdown.signal('SIGINT');
    await clock.advance(100);

    expect(exits).toEqual([EXIT.clean]);
  });

  it('ends with 70 when the application does not close in time', async () => {
    const { clock, exits, shutdown } = shutdownWith({ close: () => new Promise(() => undefined) });
    shutdown.signal('SIGTERM');
    await clock.advance(1_100);

    expect(exits).toEqual([EXIT.unclean]);
  });

  it('ends with 70 when closing throws', async () => {
    const { clock, exits, shutdown } = shutdownWith({ close: () => Promise.reject(new Error('no')) });
    shutdown.signal('SIGTERM');
    await clock.advance(100);

    expect(exits).toEqual([EXIT.unclean]);
  });

  it.each([
    { later: 'an uncaught exception', begins: [EXIT.unclean], ends: EXIT.unclean },
    { later: 'a start that fails', begins: [EXIT.configuration, EXIT.unclean], ends: EXIT.configuration },
    { later: 'nothing', begins: [], ends: EXIT.clean },
  ])('ends with $ends when $later comes after the signal, and closes once', async ({ begins, ends }) => {
    const { clock, told, exits, shutdown } = shutdownWith();
    shutdown.signal('SIGTERM');
    for (const code of begins) void shutdown.begin('something else', code);
    await clock.advance(100);

    expect(told).toEqual(['not ready', 'closed by SIGTERM']);
    expect(exits).toEqual([ends]);
  });

  it('ends with 70 and says the names when plugins did not stop cleanly', async () => {
    const said: string[] = [];
    const { clock, exits, shutdown } = shutdownWith({
      uncleanStops: () => ['billing', 'mail'],
      say: (message) => void said.push(message),
    });
    shutdown.signal('SIGTERM');
    await clock.advance(100);

    expect(exits).toEqual([EXIT.unclean]);
    expect(said.at(-1)).toBe('Stopped, but not cleanly: billing, mail.');
  });

  it('keeps the exit code of the reason that began it', async () => {
    const { clock, exits, shutdown } = shutdownWith();
    void shutdown.begin('the configuration is wrong', EXIT.configuration);
    await clock.advance(100);

    expect(exits).toEqual([EXIT.configuration]);
  });
});
