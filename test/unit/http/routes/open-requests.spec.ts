import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { BodyOptions } from '../../../../src/http/bodies/body.options.js';
import { BodyPolicy, type BodyRule } from '../../../../src/http/bodies/body-policy.js';
import { IncomingBody } from '../../../../src/http/bodies/incoming-body.js';
import { OpenRequests } from '../../../../src/http/routes/open-requests.js';
import { FakeClock } from '../../../support/fake-clock.js';

const { STREAM, JSON_BODY } = {
  STREAM: new BodyPolicy([{ as: 'stream', types: ['a/b'] }], new BodyOptions()).decide(
    { 'content-type': 'a/b' },
    [],
  ) as BodyRule,
  JSON_BODY: new BodyPolicy(undefined, new BodyOptions()).decide(
    { 'content-type': 'application/json' },
    [],
  ) as BodyRule,
};

/** A body that does not go on, and what reads it. */
function stuckBody(rule: BodyRule, clock: FakeClock): IncomingBody {
  return new IncomingBody({
    source: new PassThrough(),
    rule: { ...rule, timeoutMs: Infinity, idleTimeoutMs: 1e9 },
    clock,
    onStart: () => undefined,
  }).resume();
}

const response = (): ServerResponse => new ServerResponse(new IncomingMessage(new Socket()));

async function close(one: ServerResponse): Promise<void> {
  one.destroy();
  await once(one, 'close');
}

describe('the requests that a plugin has open', () => {
  it('destroys requests at the end of the drain whose answer is not sent and whose client is still there', async () => {
    const clock = new FakeClock();
    const requests = new OpenRequests(clock);
    const [answered, open] = [response(), response()];
    requests.track(answered);
    requests.track(open);
    await close(answered);
    const drained = requests.drain(0);
    await clock.advance(0);

    expect([await drained, open.destroyed]).toEqual([1, true]);
  });

  it('does not wait for a request whose client had gone before it reached the plugin: nothing would ever end it', async () => {
    const clock = new FakeClock();
    const requests = new OpenRequests(clock);
    const gone = response();
    await close(gone);
    requests.track(gone);

    expect([await requests.drain(5_000), clock.pendingTimers]).toEqual([0, 0]);
  });

  it('waits for open requests, then destroys them, and leaves no timer', async () => {
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

  it('fails stuck bodies at once before a handler has them, and with a fifth of the drain time left if one reads them', async () => {
    const clock = new FakeClock();
    const requests = new OpenRequests(clock);
    const [buffered, streamed] = [stuckBody(JSON_BODY, clock), stuckBody(STREAM, clock)];
    const [first, second] = [response(), response()];
    for (const body of [buffered, streamed]) requests.trackBody(body);
    for (const one of [first, second]) requests.track(one);
    // As a handler does that lets the error out.
    buffered.once('error', () => void first.destroy());
    streamed.once('error', () => void second.destroy());
    const drained = requests.drain(5_000);
    await clock.advance(3_999);
    expect([buffered.errored, streamed.errored]).toMatchObject([{ status: 503 }, null]);
    await clock.advance(1);

    expect(streamed.errored).toMatchObject({ status: 503 });
    expect([await drained, clock.pendingTimers]).toEqual([0, 0]);
  });
});
