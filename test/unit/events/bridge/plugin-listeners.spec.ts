import { Inject, Injectable, Logger, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule, OnEvent as OnEmitted } from '@nestjs/event-emitter';
import {
  type Attachment,
  EventBus,
  EventsModule,
  type HandlerCandidate,
  type PluginEvents,
} from '../../../../src/events/index.js';
import { settle } from '../../../support/fake-clock.js';

const heard: unknown[] = [];

@Injectable()
class HostListeners {
  constructor(@Inject(EventEmitter2) private readonly emitter: EventEmitter2) {}

  @OnEmitted('begun')
  begun(): void {
    heard.push('host begun');
    this.emitter.emit('continued', 'by the host');
  }

  @OnEmitted('begun.later')
  async begunLater(): Promise<void> {
    await Promise.resolve();
    await this.emitter.emitAsync('continued', 'later');
  }
}

class PluginListener {
  constructor(private readonly generation = 1) {}

  @OnEmitted('begun')
  begun(): void {
    heard.push(`plugin begun ${this.generation}`);
  }

  @OnEmitted('deferred', { async: true })
  deferred(value: unknown): void {
    heard.push(value);
  }

  @OnEmitted('continued')
  continued(value: unknown): void {
    heard.push(`plugin continued ${String(value)}`);
  }

  @OnEmitted('fails', { suppressErrors: false })
  async fails(): Promise<never> {
    throw new Error('told');
  }
}

class Scoped {
  constructor(readonly request: unknown) {}

  @OnEmitted('scoped')
  hear(value: unknown): void {
    heard.push([this.request, value]);
  }

  @OnEmitted('fails.scoped', { suppressErrors: false })
  fails(): never {
    throw new Error('told');
  }
}

const scoped: HandlerCandidate = {
  type: Scoped,
  instance: undefined,
  instanceFor: async (request) => new Scoped(request),
};

describe('the listeners of plugins on the emitter of the application', () => {
  let app: INestApplicationContext;
  let emitter: EventEmitter2;
  let bus: EventBus;
  let events: PluginEvents;
  let attachment: Attachment;

  const attach = (generation = 1): Attachment =>
    bus.attach('s', [{ type: PluginListener, instance: new PluginListener(generation) }, scoped]);
  const counts = (): number[] => ['begun', 'deferred', 'scoped'].map((event) => emitter.listenerCount(event));

  beforeEach(async () => {
    heard.length = 0;
    @Module({ imports: [EventEmitterModule.forRoot(), EventsModule.forRoot()], providers: [HostListeners] })
    class Root {}
    app = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
    emitter = app.get(EventEmitter2);
    bus = app.get(EventBus);
    events = bus.publisherFor({ name: 's', emits: ['begun', 'begun.later', 'deferred', 'scoped'] });
    attachment = attach();
  });

  afterEach(() => app.close());

  it('get what a plugin publishes once, from the bus, also where the emitter has it for others', async () => {
    await events.publishAndWait('begun', {});
    await settle();
    expect(heard.toSorted()).toEqual(['host begun', 'plugin begun 1', 'plugin continued by the host']);
  });

  it('get what a listener of the application emits later, when it hears a plugin', async () => {
    await events.publishAndWait('begun.later', {});
    await settle();
    expect(heard).toEqual(['plugin continued later']);
  });

  it('that the emitter defers get what a plugin publishes once', async () => {
    emitter.on('deferred', (value: unknown) => void heard.push(['host', value]));
    await events.publishAndWait('deferred', 1);
    await new Promise((resolve) => setImmediate(resolve));
    await settle();
    expect(heard).toEqual([['host', 1], 1]);
  });

  it('that are request-scoped get an instance for what a plugin publishes, whose request it is', async () => {
    await events.publishAndWait('scoped', { id: 7 });
    expect(heard).toEqual([[{ id: 7 }, { id: 7 }]]);
  });

  it.each(['fails', 'fails.scoped'])('leave no rejection behind that nothing handles: %s', async (event) => {
    const rejected: unknown[] = [];
    const note = (reason: unknown): void => void rejected.push(reason);
    process.on('unhandledRejection', note);
    Logger.overrideLogger(false);
    emitter.emit(event);
    await settle();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(rejected).toEqual([]);
  });

  it('go with the plugin', () => {
    const running = counts();
    attachment.close();
    expect([running, counts()]).toEqual([
      [2, 1, 1],
      [1, 0, 0],
    ]);
  });

  it('wait for the end of a restart, and are there once afterwards', async () => {
    const held = bus.hold(attachment);
    const emitted = emitter.emitAsync('begun');
    const whileHeld = counts();
    await settle();
    const before = heard.filter((line) => String(line).startsWith('plugin begun'));
    const next = attach(2);
    held.release(next);
    await emitted;
    expect([before, heard.includes('plugin begun 2'), whileHeld, counts()]).toEqual([[], true, [2, 1, 1], [2, 1, 1]]);
  });

  it('go when the plugin does not come back', () => {
    const held = bus.hold(attachment);
    held.drop();
    expect(counts()).toEqual([1, 0, 0]);
  });
});

describe('a listener whose name has a star', () => {
  it.each([
    [{ wildcard: true }, 'order.*', 1],
    [{}, 'order.*', 0],
    [{ wildcard: true, delimiter: ':' }, 'order.*', 0],
    [{ wildcard: true, delimiter: ':' }, 'order:*', 0],
    [{ wildcard: true, delimiter: ':' }, '**', 1],
  ])('hears what plugins publish by the rules of an emitter with %j: %s, %i times', async (options, pattern, times) => {
    let count = 0;
    class Star {
      @OnEmitted(pattern)
      handle(): void {
        count++;
      }
    }
    @Module({ imports: [EventEmitterModule.forRoot(options), EventsModule.forRoot()] })
    class Root {}
    const app = await NestFactory.createApplicationContext(Root, { logger: false });
    const bus = app.get(EventBus);
    bus.attach('s', [{ type: Star, instance: new Star() }]);
    await bus.publisherFor({ name: 's', emits: ['order.new'] }).publishAndWait('order.new', {});
    await settle();
    await app.close();
    expect(count).toBe(times);
  });
});

describe('a listener whose event is neither a text nor a symbol', () => {
  it('keeps its plugin from being attached, and nothing of it is', async () => {
    class Wrong {
      @OnEmitted(7 as unknown as string)
      handle(): void {}
    }
    @Module({ imports: [EventEmitterModule.forRoot(), EventsModule.forRoot()] })
    class Root {}
    const app = await NestFactory.createApplicationContext(Root, { logger: false });
    const attach = (): unknown => app.get(EventBus).attach('s', [{ type: Wrong, instance: new Wrong() }]);
    expect(attach).toThrow(/Wrong\.handle is wrong:\n {2}- an event is a text, a symbol, or a list of both/);
    expect(app.get(EventEmitter2).eventNames()).toEqual([]);
    await app.close();
  });
});
