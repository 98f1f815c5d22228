import { Body, Controller, Get, Headers, HttpCode, NotFoundException, Param, Post, Req } from '@nestjs/common';
import { IsInt, Min } from 'class-validator';
import type { Readable } from 'node:stream';
import {
  AcceptsBody,
  BodyStream,
  EventContract,
  type EventContext,
  OnEvent,
  Plugin,
  PluginEvents,
} from '../../../src/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { hostApp } from '../../support/host-app.js';
import { waitFor } from '../../support/wait-for.js';

class Order {
  @IsInt()
  @Min(1)
  amount!: number;
}

@EventContract('orders.placed')
class OrderPlaced {
  @IsInt()
  amount = 1;
}

let finish = (): void => undefined;
const heard: EventContext[] = [];

@Controller()
class Orders {
  constructor(private readonly events: PluginEvents) {}

  @Get()
  list(): string[] {
    return ['all'];
  }

  @Get('slow')
  async slow(): Promise<string> {
    await new Promise<void>((resolve) => (finish = resolve));
    return 'done';
  }

  @Get('missing')
  missing(): never {
    throw new NotFoundException('There is no such order.');
  }

  @Get(':id')
  show(@Param('id') id: string, @Headers('x-who') who: string): object {
    return { id, who };
  }

  @Post()
  @HttpCode(202)
  async place(@Body() order: Order): Promise<Order> {
    await this.events.publishAndWait(new OrderPlaced());
    return order;
  }

  @Post('upload')
  @AcceptsBody({ as: 'stream', types: ['audio/*'], maxBytes: 4_000_000 })
  async upload(@BodyStream() body: Readable): Promise<number> {
    let bytes = 0;
    for await (const chunk of body) bytes += (chunk as Buffer).length;
    return bytes;
  }

  @Get('request/url')
  url(@Req() request: { url: string }): string {
    return request.url;
  }
}

@Plugin({ name: 'orders', version: '1.0.0', controllers: [Orders], emits: [OrderPlaced] })
class OrdersPlugin {
  @OnEvent(OrderPlaced)
  hear(_event: OrderPlaced, context: EventContext): void {
    heard.push(context);
  }
}

describe('the routes of a plugin', () => {
  it('serves routes below /api/<plugin> with parameters, headers, validation and exceptions as in Nest', async () => {
    await using test = await hostApp([OrdersPlugin]);
    const get = (path: string) => test.app.inject({ url: `/api/orders${path}`, headers: { 'x-who': 'me' } });
    const post = (amount: unknown) => test.app.inject({ method: 'POST', url: '/api/orders', payload: { amount } });

    expect((await get('')).json()).toEqual(['all']);
    expect((await get('/a%20b?x=1')).json()).toEqual({ id: 'a b', who: 'me' });
    expect((await get('/request/url?x=1')).body).toBe('/api/orders/request/url?x=1');
    expect((await get('/missing')).json()).toMatchObject({ statusCode: 404, message: 'There is no such order.' });
    expect((await get('/no/such/path')).statusCode).toBe(404);
    expect((await test.app.inject({ method: 'HEAD', url: '/api/orders' })).statusCode).toBe(200);
    expect(await post(2)).toMatchObject({ statusCode: 202 });
    expect((await post('two')).json()).toMatchObject({ statusCode: 400 });
    expect((await post(0)).statusCode).toBe(400);
  });

  it('follow the configured prefix', async () => {
    await using test = await hostApp([OrdersPlugin], { host: { http: { prefix: 'v1/apps' } } });

    expect((await test.app.inject('/v1/apps/orders')).json()).toEqual(['all']);
    expect((await test.app.inject('/api/orders')).statusCode).toBe(404);
  });

  it('give a body of audio as a stream where they declare it', async () => {
    await using test = await hostApp([OrdersPlugin]);
    const payload = Buffer.alloc(3_000_000);
    const answer = await test.app.inject({
      method: 'POST',
      url: '/api/orders/upload',
      payload,
      headers: { 'content-type': 'audio/wav' },
    });

    expect(answer.json()).toBe(3_000_000);
  });

  it('hand the correlation id of a request on to the events that it causes', async () => {
    await using test = await hostApp([OrdersPlugin]);
    heard.length = 0;
    const answer = await test.app.inject({
      method: 'POST',
      url: '/api/orders',
      payload: { amount: 1 },
      headers: { 'x-correlation-id': 'request-7' },
    });

    expect(heard.map(({ correlationId }) => correlationId)).toEqual(['request-7']);
    expect(answer.headers['x-correlation-id']).toBe('request-7');
  });

  it('answer 503 with Retry-After before the plugin is ready', async () => {
    @Plugin({ name: 'slow-starter', version: '1.0.0', controllers: [Orders], emits: [OrderPlaced] })
    class SlowStarter {
      async onModuleInit(): Promise<void> {
        await new Promise<void>((resolve) => (finish = resolve));
      }
    }
    await using test = await hostApp([SlowStarter], { startup: 'background' });
    await waitFor(() => test.states()['slow-starter'] === 'starting');
    const before = await test.app.inject('/api/slow-starter');
    finish();
    await test.host.startAll();
    const after = await test.app.inject('/api/slow-starter');

    expect([before.statusCode, before.headers['retry-after'], before.json().message]).toEqual([
      503,
      '1',
      'Plugin "slow-starter" is starting.',
    ]);
    expect(after.statusCode).toBe(200);
  });

  it('lets an open request finish when the plugin stops, and takes no new one', async () => {
    await using test = await hostApp([OrdersPlugin]);
    await test.app.listen(0, '127.0.0.1');
    const base = await test.app.getUrl();
    finish = () => undefined;
    const unset = finish;
    const slow = fetch(`${base}/api/orders/slow`);
    await waitFor(() => finish !== unset);
    const stopped = test.host.stopAll();
    const refused = await fetch(`${base}/api/orders`);
    finish();
    await stopped;

    expect(refused.status).toBe(503);
    expect([(await slow).status, await (await slow).text()]).toEqual([200, 'done']);
    expect(test.host.uncleanStops()).toEqual([]);
  });

  it('cut a request that is still open at the end of the drain time', async () => {
    const clock = new FakeClock();
    await using test = await hostApp([OrdersPlugin], { clock, startup: 'background' });
    await test.host.startAll();
    await test.app.listen(0, '127.0.0.1');
    finish = () => undefined;
    const unset = finish;
    const slow = fetch(`${await test.app.getUrl()}/api/orders/slow`).then(
      () => 'answered',
      () => 'cut',
    );
    await waitFor(() => finish !== unset);
    const stopped = test.host.stopAll();
    await clock.advance(5_000);
    await stopped;

    expect(await slow).toBe('cut');
    expect(test.host.uncleanStops()).toEqual(['orders']);
  });
});
