/** Health checks of `@nestjs/terminus` in controllers: statuses, bodies, and what an indicator that fails does to the others. */
import { Controller, Get, Inject, Injectable, type ModuleMetadata } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  MemoryHealthIndicator,
  TerminusModule,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { type AskedWord, describeWords } from '../../support/nest-words.js';

function healthRoutes(): ModuleMetadata {
  @Injectable()
  class Dogs {
    constructor(@Inject(HealthIndicatorService) readonly indicators: HealthIndicatorService) {}

    up() {
      return this.indicators.check('dogs').up({ count: 2 });
    }

    down() {
      return this.indicators.check('cats').down('they sleep');
    }
  }
  @Controller('checks')
  class Checks {
    constructor(
      @Inject(HealthCheckService) readonly health: HealthCheckService,
      @Inject(MemoryHealthIndicator) readonly memory: MemoryHealthIndicator,
      @Inject(Dogs) readonly dogs: Dogs,
    ) {}

    @Get('none')
    @HealthCheck()
    none() {
      return this.health.check([]);
    }

    @Get('up')
    @HealthCheck()
    up() {
      return this.health.check([() => this.dogs.up()]);
    }

    @Get('down')
    @HealthCheck()
    down() {
      return this.health.check([() => this.dogs.down()]);
    }

    @Get('both')
    @HealthCheck()
    both() {
      return this.health.check([async () => this.dogs.up(), async () => this.dogs.down()]);
    }

    @Get('broken')
    @HealthCheck()
    broken() {
      return this.health.check([() => Promise.reject<HealthIndicatorResult>(new Error('secret'))]);
    }

    @Get('memory')
    @HealthCheck()
    heap() {
      return this.health.check([() => this.memory.checkHeap('heap', Number.MAX_SAFE_INTEGER)]);
    }

    @Get('full')
    @HealthCheck()
    full() {
      return this.health.check([() => this.memory.checkHeap('heap', 0)]);
    }
  }
  return { controllers: [Checks], providers: [Dogs], imports: [TerminusModule.forRoot({ logger: false })] };
}

const DOGS = { dogs: { status: 'up', count: 2 } };
const CATS = { cats: { status: 'down', message: 'they sleep' } };
const up = (info: object): object => ({ status: 'ok', info, error: {}, details: info });
const down = (info: object, error: object): object => ({
  status: 'error',
  info,
  error,
  details: { ...info, ...error },
});
const word = (
  title: string,
  path: string,
  status: number,
  body?: unknown,
  headers?: Record<string, unknown>,
): AskedWord => ({
  title,
  ask: [`/checks/${path}`],
  is: { status, ...(body === undefined ? {} : { body }), ...(headers ? { headers } : {}) },
});

describeWords('health checks', { define: healthRoutes }, [
  word('are ok without indicators', 'none', 200, up({})),
  word('tell what an indicator says that is up', 'up', 200, up(DOGS)),
  word('answer 503 with what an indicator says that is down', 'down', 503, down({}, CATS)),
  word('tell both, where one of them is down', 'both', 503, down(DOGS, CATS)),
  word(
    'answer 500 where an indicator breaks, without its error',
    'broken',
    500,
    expect.not.objectContaining({ message: 'secret' }),
  ),
  word('have the indicators of the package', 'memory', 200, up({ heap: { status: 'up' } })),
  word('are down by an indicator of the package', 'full', 503, expect.objectContaining({ status: 'error' })),
  word('forbid caches to keep them', 'up', 200, undefined, { 'cache-control': 'no-cache, no-store, must-revalidate' }),
]);
