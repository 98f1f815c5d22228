import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { OpenRequests } from '../../../../src/lifecycle/routes/open-requests.js';
import { FakeClock } from '../../../support/fake-clock.js';

const response = (): ServerResponse => new ServerResponse(new IncomingMessage(new Socket()));

async function close(one: ServerResponse): Promise<void> {
  one.destroy();
  await once(one, 'close');
}

describe('the open requests of a plugin', () => {
  it('are those whose answer is not sent and whose client is there', async () => {
    const requests = new OpenRequests(new FakeClock());
    const [first, second] = [response(), response()];
    requests.track(first);
    requests.track(second);
    expect(requests.count).toBe(2);

    await close(first);
    expect(requests.count).toBe(1);
  });

  it('do not count a client that had gone before its request reached the plugin: nothing would ever end it', async () => {
    const clock = new FakeClock();
    const requests = new OpenRequests(clock);
    const gone = response();
    await close(gone);
    requests.track(gone);

    expect([requests.count, await requests.drain(5_000), clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  it('are waited for, then destroyed, and leave no timer', async () => {
    const clock = new FakeClock();
    const requests = new OpenRequests(clock);
    const [quick, slow] = [response(), response()];
    requests.track(quick);
    requests.track(slow);
    const drained = requests.drain(5_000);
    await close(quick);
    expect(slow.destroyed).toBe(false);

    await clock.advance(5_000);
    expect([await drained, slow.destroyed, clock.pendingTimers]).toEqual([1, true, 0]);
  });
});
