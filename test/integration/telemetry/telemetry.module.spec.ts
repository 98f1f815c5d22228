/**
 * nestjs-pino keeps the first logger of a process for what is written outside of a request; here it must be that of this file.
 *
 * @jest-environment node
 */
import { Body, Controller, Get, Global, Logger, Module, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect } from 'node:net';
import { Gauge, register, Registry } from 'prom-client';
import { PinoLogger } from 'nestjs-pino';
import { Clock, SystemClock } from '../../../src/common/index.js';
import {
  activeContext,
  AppLogger,
  correlationIdOf,
  runInContext,
  TelemetryModule,
  TelemetryOptions,
} from '../../../src/telemetry/index.js';
import { waitFor } from '../../support/wait-for.js';

@Controller('shop')
class ShopController {
  private readonly logger = new Logger('Shop');

  constructor(private readonly pino: PinoLogger) {}

  @Get()
  open(): object {
    this.logger.log('asked');
    return { correlationId: activeContext()?.correlationId };
  }

  @Post()
  async order(@Body() body: object): Promise<object> {
    await new Promise((resolve) => setImmediate(resolve));
    return { body, correlationId: activeContext()?.correlationId };
  }

  @Get('plugin')
  plugin(): void {
    runInContext({ plugin: 'shop' }, () => this.pino.info('from pino'));
  }

  /** Takes the reply over and does not answer. */
  @Get('never')
  never(@Res() _reply: unknown): void {
    this.logger.log('will not answer');
  }
}

@Global()
@Module({ providers: [{ provide: Clock, useClass: SystemClock }], exports: [Clock] })
class GroundModule {}

/** One application for the whole file, because nestjs-pino keeps one logger a process. */
describe('the telemetry module', () => {
  let app: NestFastifyApplication;
  let text = '';
  const records = (): Record<string, unknown>[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const finished = (url: string) =>
    records().filter((record) => record['msg'] === 'request finished' && record['url'] === url);

  beforeAll(async () => {
    const options = Object.assign(new TelemetryOptions(), { logLevel: 'debug' });
    const telemetry = TelemetryModule.forRoot(options, {
      isProduction: true,
      output: { write: (line) => (text += line) },
    });
    @Module({ imports: [GroundModule, telemetry], controllers: [ShopController] })
    class AppModule {}

    app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
      bufferLogs: true,
      abortOnError: false,
    });
    app.useLogger(app.get(AppLogger));
    app.flushLogs();
    await app.listen(0, '127.0.0.1');
  });
  beforeEach(() => (text = ''));
  afterAll(() => app.close());

  it('gives a request its own correlation id, in its context, its logs, its response and its line', async () => {
    const response = await fetch(`${await app.getUrl()}/shop?token=canary`, {
      headers: { authorization: 'Bearer canary' },
    });

    const correlationId = response.headers.get('x-correlation-id');
    expect(correlationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.json()).toEqual({ correlationId });
    const [line] = await waitFor(() => (finished('/shop').length > 0 ? finished('/shop') : undefined));
    expect(line).toMatchObject({
      level: 'info',
      context: 'Http',
      method: 'GET',
      url: '/shop',
      status: 200,
      ms: expect.any(Number),
      correlationId,
    });
    expect(records()).toContainEqual(expect.objectContaining({ msg: 'asked', context: 'Shop', correlationId }));
    expect(text).not.toContain('canary');
  });

  it('takes over the correlation id of the caller also where a body has to be read first', async () => {
    const body = JSON.stringify({ list: Array.from({ length: 20_000 }, (_, i) => i) });
    const headers = { 'content-type': 'application/json', 'x-correlation-id': 'order-7' };

    const answers = await Promise.all(
      ['order-7', 'order-8'].map(async (id) => {
        const response = await fetch(`${await app.getUrl()}/shop`, {
          method: 'POST',
          headers: { ...headers, 'x-correlation-id': id },
          body,
        });
        return { answer: await response.json(), header: response.headers.get('x-correlation-id') };
      }),
    );

    expect(answers).toMatchObject([
      { answer: { correlationId: 'order-7' }, header: 'order-7' },
      { answer: { correlationId: 'order-8' }, header: 'order-8' },
    ]);
  });

  it('replaces a correlation id that could do harm', async () => {
    const response = await app.inject({ url: '/shop', headers: { 'x-correlation-id': '{"level":"fatal"}' } });

    expect(response.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('writes one line for a request that nobody handles, and one that the caller gave up', async () => {
    const { port } = new URL(await app.getUrl());
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET /shop/never HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await waitFor(() => text.includes('will not answer'));
    socket.destroy();

    await fetch(`${await app.getUrl()}/nowhere`);

    await waitFor(() => finished('/nowhere').length === 1 && finished('/shop/never').length === 1);
    expect(finished('/nowhere')).toMatchObject([{ status: 404 }]);
  });

  it('writes no line at info for what machines ask every few seconds', async () => {
    await app.inject('/metrics');
    await app.inject('/health/ready');
    await app.inject('/shop');

    expect(records().filter(({ msg }) => msg === 'request finished')).toMatchObject([{ url: '/shop' }]);
  });

  it('serves PinoLogger of nestjs-pino with the same fields', async () => {
    await app.inject({ url: '/shop/plugin', headers: { 'x-correlation-id': 'c-9' } });

    expect(records()).toContainEqual(
      expect.objectContaining({ msg: 'from pino', plugin: 'shop', correlationId: 'c-9' }),
    );
  });

  it('tells the correlation id of a request to whoever runs its handler', () => {
    expect(correlationIdOf({ headers: { 'x-correlation-id': 'c-1' } })).toBe('c-1');
  });

  it('serves metrics of the process and of the rooms, from a registry of its own', async () => {
    new Gauge({ name: 'shop_open', help: 'Whether the shop is open.', registers: [app.get(Registry)] }).set(1);

    const response = await waitFor(async () => {
      const answer = await app.inject('/metrics');
      return answer.payload.includes('nodejs_eventloop_lag_p99_seconds 0.') ? answer : undefined;
    });

    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const metrics = [
      'shop_open',
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
      'nodejs_heap_size_used_bytes',
    ];
    for (const name of metrics) expect(response.payload).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(response.payload).toContain(`nodejs_version_info{version="${process.version}"} 1`);
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('leaves out a metric that cannot be read, and serves the others', async () => {
    const collect = (): never => {
      throw new Error('broken');
    };
    app.get(Registry).registerMetric(new Gauge({ name: 'shop_broken', help: 'Throws.', registers: [], collect }));

    const response = await app.inject('/metrics');

    expect(response.statusCode).toBe(200);
    expect(response.payload).not.toContain('shop_broken');
    expect(response.payload).toContain('nodejs_heap_size_used_bytes');
  });
});
