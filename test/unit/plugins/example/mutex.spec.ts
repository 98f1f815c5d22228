import { Mutex } from '../../../../src/plugins/example/mutex.js';
import { settle } from '../../../support/fake-clock.js';

describe('the mutex of the example', () => {
  it('loses no change of many that read, await and write', async () => {
    const mutex = new Mutex();
    let total = 0;
    const add = async (): Promise<void> => {
      const before = total;
      await settle();
      total = before + 1;
    };

    await Promise.all(Array.from({ length: 20 }, () => mutex.run(add)));

    expect(total).toBe(20);
  });

  it('goes on after a failure, which its caller gets', async () => {
    const mutex = new Mutex();
    const failure = mutex.run(() => Promise.reject(new Error('full')));

    await expect(failure).rejects.toThrow('full');
    expect(await mutex.run(() => 'next')).toBe('next');
  });
});
