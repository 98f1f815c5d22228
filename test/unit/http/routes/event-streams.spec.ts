import type { ServerResponse } from 'node:http';
import { Controller, type MessageEvent, Post, Sse } from '@nestjs/common';
import { Subject } from 'rxjs';
import { PassThrough } from 'node:stream';
import { keepEventStreamAlive, Plugin } from '../../../../src/index.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { hostApp } from '../../../support/host-app.js';
import { waitFor } from '../../../support/wait-for.js';

/** A response as far as the stream sees it. */
function response(state: { headersSent?: boolean; highWaterMark?: number } = {}) {
  const stream = new PassThrough({ highWaterMark: state.highWaterMark ?? 16_384 });
  return Object.assign(stream, { headersSent: state.headersSent ?? true }) as unknown as ServerResponse & PassThrough;
}

const written = (stream: PassThrough): string => String(stream.read() ?? '');

describe('a stream of server-sent events', () => {
  it('carries a comment every 15 seconds', async () => {
    const clock = new FakeClock();
    const stream = response();
    keepEventStreamAlive(stream, clock);

    await clock.advance(14_999);
    expect(written(stream)).toBe('');
    await clock.advance(1);
    expect(written(stream)).toBe(':\n\n');
    await clock.advance(45_000);
    expect(written(stream)).toBe(':\n\n'.repeat(3));
  });

  it.each<[string, () => ServerResponse & PassThrough]>([
    ['before its head was sent', () => response({ headersSent: false })],
    [
      'while its client does not read',
      () => {
        const stream = response({ highWaterMark: 1 });
        stream.write('waits');
        return stream;
      },
    ],
  ])('carries none %s', async (_when, make) => {
    const clock = new FakeClock();
    const stream = make();
    keepEventStreamAlive(stream, clock);
    await clock.advance(60_000);

    expect(written(stream)).not.toContain(':');
  });

  it('leaves no timer when it ends', async () => {
    const clock = new FakeClock();
    const stream = response();
    keepEventStreamAlive(stream, clock);
    stream.destroy();
    await clock.advance(0);

    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps the stream of every @Sse route of a plugin alive, whichever its method', async () => {
    const source = new Subject<MessageEvent>();
    @Controller()
    class Streams {
      @Sse('events')
      events(): Subject<MessageEvent> {
        return source;
      }

      @Post('plain')
      plain(): string {
        return 'plain';
      }
    }
    @Plugin({ name: 'streams', version: '1.0.0', controllers: [Streams] })
    class StreamsPlugin {}
    const clock = new FakeClock();
    await using test = await hostApp([StreamsPlugin], { clock });
    await test.app.listen(0, '127.0.0.1');
    const before = clock.pendingTimers;
    const answer = await fetch(`${await test.app.getUrl()}/api/streams/events`);
    let text = '';
    const reading = (async () => {
      for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
    })();
    source.next({ data: 'one' });
    await waitFor(() => text.includes('data: one'));

    await clock.advance(15_000);
    await waitFor(() => text.includes(':\n\n'));
    source.next({ data: 'two' });
    await waitFor(() => text.includes('data: two'));
    source.complete();
    await reading;

    expect(text.trimStart()).toBe('id: 1\ndata: one\n\n:\n\nid: 2\ndata: two\n\n');
    await waitFor(() => clock.pendingTimers <= before);
  });
});
