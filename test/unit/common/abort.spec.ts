import { getEventListeners } from 'node:events';
import { JoinedSignal, onAbort, untilAborted } from '../../../src/common/index.js';

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('listening to a signal', () => {
  it('acts when it aborts, and at once where it has aborted', () => {
    const heard: string[] = [];
    const controller = new AbortController();
    onAbort(controller.signal, () => void heard.push('later'));
    onAbort(AbortSignal.abort(), () => void heard.push('at once'));
    controller.abort();

    expect(heard).toEqual(['at once', 'later']);
  });

  it('leaves nothing on the signal once it is disposed of', () => {
    const { signal } = new AbortController();
    onAbort(signal, () => undefined)[Symbol.dispose]();

    expect(listenersOf(signal)).toBe(0);
  });
});

describe('waiting until a signal aborts', () => {
  it.each<[string, () => Promise<unknown>, unknown]>([
    ['gives the result of the work', () => Promise.resolve(7), 7],
    ['fails as the work does', () => Promise.reject(new Error('broken')), new Error('broken')],
  ])('%s and leaves nothing on the signal', async (_what, work, outcome) => {
    const { signal } = new AbortController();

    expect(await untilAborted(work(), signal).catch((error: unknown) => error)).toEqual(outcome);
    expect(listenersOf(signal)).toBe(0);
  });

  it('fails with the reason of the signal, or with what it is told to, and ignores what the work does later', async () => {
    const controller = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const waiting = [
      untilAborted(promise, controller.signal),
      untilAborted(promise, controller.signal, () => new Error('own')),
    ];
    controller.abort(new Error('stop'));
    reject(new Error('late'));

    expect(await Promise.allSettled(waiting)).toMatchObject([
      { reason: new Error('stop') },
      { reason: new Error('own') },
    ]);
  });
});

describe('a joined signal', () => {
  it('aborts with the first of its sources and with its reason', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    using joined = new JoinedSignal(first.signal, second.signal);
    second.abort('second');
    first.abort('first');

    expect([joined.signal.aborted, joined.signal.reason]).toEqual([true, 'second']);
  });

  it('has aborted where a source has', () => {
    using joined = new JoinedSignal(new AbortController().signal, AbortSignal.abort('before'));

    expect(joined.signal.reason).toBe('before');
  });

  it('leaves nothing on its sources once it is disposed of', () => {
    const sources = [new AbortController().signal, new AbortController().signal];
    new JoinedSignal(...sources)[Symbol.dispose]();

    expect(sources.map(listenersOf)).toEqual([0, 0]);
  });
});
