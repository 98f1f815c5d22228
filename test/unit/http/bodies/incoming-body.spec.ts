import { PassThrough } from 'node:stream';
import type { HttpException } from '@nestjs/common';
import { BodyOptions } from '../../../../src/http/bodies/body.options.js';
import { BodyPolicy, type BodyRule } from '../../../../src/http/bodies/body-policy.js';
import { IncomingBody } from '../../../../src/http/bodies/incoming-body.js';
import { FakeClock, settle } from '../../../support/fake-clock.js';

const STREAM = new BodyPolicy([{ as: 'stream', types: ['a/b'], maxBytes: 1e6 }], new BodyOptions()).decide(
  { 'content-type': 'a/b' },
  [],
);
const JSON_BODY = new BodyPolicy(undefined, new BodyOptions()).decide({ 'content-type': 'application/json' }, []);

interface Received {
  readonly source: PassThrough;
  readonly body: IncomingBody;
  readonly clock: FakeClock;
  /** Status and message of the error; `'end'` after the whole body; `undefined` before. */
  readonly outcome: () => string | undefined;
  readonly bytes: () => number;
}

function receive(rule: unknown, reads: 'everything' | 'nothing' = 'everything'): Received {
  const [source, clock] = [new PassThrough(), new FakeClock()];
  const body = new IncomingBody({ source, rule: rule as BodyRule, clock, onStart: () => undefined });
  let outcome: string | undefined;
  let bytes = 0;
  body.on('error', (error: HttpException) => (outcome = `${error.getStatus()} ${error.message}`));
  body.on('end', () => (outcome = 'end'));
  if (reads === 'everything') body.on('data', (chunk: Buffer) => (bytes += chunk.length));
  return { source, body, clock, outcome: () => outcome, bytes: () => bytes };
}

/** Sends so many bytes in each second. */
async function drip({ source, clock, outcome }: Received, bytesPerSecond: number, seconds: number): Promise<void> {
  for (let second = 0; second < seconds && outcome() === undefined; second++) {
    source.write(Buffer.alloc(bytesPerSecond));
    await clock.advance(1_000);
  }
}

describe('a body that is to be read into memory', () => {
  it('fails when it has not come completely in its time, however it drips', async () => {
    const received = receive(JSON_BODY);
    await drip(received, 1, 60);

    expect(received.outcome()).toBe('408 The body has not come completely within 10 s.');
    expect(received.clock.monotonicMs()).toBe(10_000);
  });

  it('fails when it stops', async () => {
    const rule = { ...(JSON_BODY as BodyRule), timeoutMs: 60_000 };
    const received = receive(rule);
    received.source.write('{');
    await received.clock.advance(10_000);

    expect(received.outcome()).toBe('408 The body has not gone on for 10 s.');
  });
});

describe('a streamed body', () => {
  it('accepts a streamed body of any duration if its rate is sufficient', async () => {
    const received = receive(STREAM);
    await drip(received, 1_024, 600);
    received.source.end();
    await settle();

    expect([received.outcome(), received.bytes()]).toEqual(['end', 600 * 1_024]);
    expect(received.clock.pendingTimers).toBe(0);
  });

  it.each([
    ['stops', 0, '408 The body has not gone on for 10 s.', 10_000],
    ['drips', 1, '408 The body comes too slowly: less than 1024 bytes per second on average over 30 s.', 30_000],
    [
      'comes a little too slowly',
      1_000,
      '408 The body comes too slowly: less than 1024 bytes per second on average over 30 s.',
      30_000,
    ],
  ])('fails when it %s', async (_what, rate, outcome, atMs) => {
    const received = receive(STREAM);
    if (rate > 0) await drip(received, rate, 100);
    else await received.clock.advance(60_000);

    expect(received.outcome()).toBe(outcome);
    if (rate > 0) expect(received.clock.monotonicMs()).toBe(atMs);
    expect(received.clock.pendingTimers).toBe(0);
  });

  it('fails in a later window too, after a quick beginning', async () => {
    const received = receive(STREAM);
    received.source.write(Buffer.alloc(100_000));
    await drip(received, 1, 100);

    expect(received.outcome()).toContain('too slowly');
    expect(received.clock.monotonicMs()).toBe(60_000);
  });

  it('applies no least rate if that is 0, and the rate of the route if it has one', async () => {
    const received = receive({ ...(STREAM as BodyRule), minRate: 0 });
    await drip(received, 1, 600);
    const slower = receive({ ...(STREAM as BodyRule), minRate: 10, rateWindowMs: 5_000 });
    await drip(slower, 9, 100);

    expect(received.outcome()).toBeUndefined();
    expect([slower.outcome(), slower.clock.monotonicMs()]).toEqual([
      expect.stringContaining('less than 10 bytes'),
      5_000,
    ]);
  });

  it('does not count the time in which the handler does not read against the client', async () => {
    const received = receive(STREAM, 'nothing');
    received.source.write(Buffer.alloc(100));
    await received.clock.advance(100_000);
    expect(received.outcome()).toBeUndefined();
    received.body.resume();
    received.source.end(Buffer.alloc(7));
    await settle();

    expect(received.outcome()).toBe('end');
  });

  it('asks for nothing before somebody reads, and then holds no more than its buffer', async () => {
    let started = 0;
    const source = new PassThrough({ highWaterMark: 1_000_000 });
    const clock = new FakeClock();
    const body = new IncomingBody({ source, rule: STREAM as BodyRule, clock, onStart: () => started++ });
    for (let count = 0; count < 100; count++) source.write(Buffer.alloc(9_000));
    await settle();
    expect([started, source.readableLength]).toEqual([0, 900_000]);
    body.once('readable', () => undefined);
    await settle();

    expect(started).toBe(1);
    expect(body.readableLength).toBeLessThan(body.readableHighWaterMark + 65_536 + 9_000);
    expect(source.readableLength).toBeGreaterThan(700_000);
  });

  it('fails at its limit, wherever in a chunk that is', async () => {
    const received = receive({ ...(STREAM as BodyRule), maxBytes: 10 });
    received.source.write(Buffer.alloc(10));
    await settle();
    expect(received.outcome()).toBeUndefined();
    received.source.write(Buffer.alloc(1));
    await settle();

    expect(received.outcome()).toBe('413 The body is larger than 10 bytes.');
  });

  it.each([
    ['is destroyed with an error', (source: PassThrough) => source.destroy(new Error('ECONNRESET'))],
    ['is closed before its end', (source: PassThrough) => source.destroy()],
  ])('fails when the request %s', async (_what, breakOff) => {
    const received = receive(STREAM);
    received.source.write('x');
    await settle();
    breakOff(received.source);
    await settle();

    expect([received.outcome(), received.clock.pendingTimers]).toEqual(['400 The client broke off the body.', 0]);
  });

  it('fails at a stop, unless it has come completely', async () => {
    const [open, complete] = [receive(STREAM), receive(STREAM)];
    complete.source.end('x');
    await settle();
    for (const { body } of [open, complete]) body.stop();
    await settle();

    expect([open.outcome(), complete.outcome()]).toEqual([
      '503 The plugin stops; send the request again later.',
      'end',
    ]);
  });

  it('keeps the process alive when a body fails that has no error listener', async () => {
    const body = new IncomingBody({
      source: new PassThrough(),
      rule: STREAM as BodyRule,
      clock: new FakeClock(),
      onStart: () => undefined,
    });
    body.stop();
    await settle();

    expect(body.errored).toMatchObject({ status: 503 });
  });

  it('leaves the connection open when it is let go of, and discards the rest', async () => {
    const received = receive(STREAM);
    received.source.write('x');
    await settle();
    received.body.destroy();
    received.source.end(Buffer.alloc(500_000));
    await settle();

    expect([received.source.readableEnded, received.source.errored]).toEqual([true, null]);
    expect(received.source.listenerCount('data')).toBe(0);
  });

  it('shows nothing of the request to code that copies it field by field', () => {
    const { body, source } = receive(STREAM);

    expect(Object.values(body)).not.toContain(source);
  });
});
