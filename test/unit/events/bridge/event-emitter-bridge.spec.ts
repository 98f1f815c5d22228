import { Inject, Injectable, Logger, Module, Scope, type INestApplicationContext } from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule, OnEvent as OnEmitted } from '@nestjs/event-emitter';
import { EventBus, EventsModule, OnEvent, type Attachment, type PluginEvents } from '../../../../src/events/index.js';
import { settle } from '../../../support/fake-clock.js';

interface Payload {
  readonly id?: number;
}

class Heard {
  readonly lines: string[] = [];
}

@Injectable()
class HostListeners {
  constructor(
    @Inject(Heard) private readonly heard: Heard,
    @Inject(EventEmitter2) private readonly emitter: EventEmitter2,
  ) {}

  @OnEmitted('a.nest')
  onNest(): void {
    this.heard.lines.push('host a.nest');
  }

  @OnEmitted('chain.begun')
  onChain(payload: Payload): void {
    this.heard.lines.push('host chain.begun');
    this.emitter.emit('chain.continued', payload);
  }

  @OnEmitted('boom', { suppressErrors: false })
  onBoom(): void {
    this.heard.lines.push('host boom');
    throw new Error('host listener');
  }

  @OnEmitted('answer')
  onAnswer(): number {
    return 42;
  }
}

@Injectable()
class WildcardListener {
  constructor(@Inject(Heard) private readonly heard: Heard) {}

  @OnEmitted('a.*')
  onAny(): void {
    this.heard.lines.push('host a.*');
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestListener {
  constructor(
    @Inject(Heard) private readonly heard: Heard,
    @Inject(REQUEST) private readonly request: Payload,
  ) {}

  @OnEmitted('a.request')
  onRequest(): void {
    this.heard.lines.push(`host request-scoped ${this.request.id}`);
  }
}

class PluginListener {
  constructor(
    private readonly heard: Heard,
    private readonly generation: number,
  ) {}

  @OnEvent('a.own')
  onOwn(): void {
    this.heard.lines.push(`plugin a.own ${this.generation}`);
  }

  @OnEmitted('a.nest')
  onNest(): void {
    this.heard.lines.push(`plugin a.nest ${this.generation}`);
  }

  @OnEvent('chain.continued')
  onChain(): void {
    this.heard.lines.push('plugin chain.continued');
  }

  @OnEvent('boom')
  onBoom(): void {
    this.heard.lines.push('plugin boom');
  }
}

describe.each([true, false])('next to an EventEmitter2 with wildcard: %p', (wildcard) => {
  let app: INestApplicationContext;
  let emitter: EventEmitter2;
  let bus: EventBus;
  let events: PluginEvents;
  let attachment: Attachment;
  const errors: string[] = [];
  const heard = new Heard();
  const anyListener = wildcard ? ['host a.*'] : [];

  const start = (generation: number): Attachment =>
    bus.attach('s', [{ type: PluginListener, instance: new PluginListener(heard, generation) }]);

  /** What is heard while `action` runs, sorted, because neither side promises an order across both. */
  const hear = async (action: () => unknown): Promise<string[]> => {
    heard.lines.length = 0;
    await action();
    await settle();
    return heard.lines.toSorted();
  };

  beforeEach(async () => {
    errors.length = 0;
    @Module({
      imports: [EventEmitterModule.forRoot({ wildcard }), EventsModule.forRoot()],
      providers: [
        { provide: Heard, useValue: heard },
        HostListeners,
        RequestListener,
        ...(wildcard ? [WildcardListener] : []),
      ],
    })
    class Root {}
    app = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
    const ignore = (): void => undefined;
    Logger.overrideLogger({ log: ignore, warn: ignore, error: (message: string) => void errors.push(message) });
    emitter = app.get(EventEmitter2);
    bus = app.get(EventBus);
    events = bus.publisherFor({
      name: 's',
      emits: ['a.own', 'a.nest', 'a.request', 'a.unheard', 'chain.begun', 'boom', 'late.made'],
    });
    attachment = start(1);
  });

  afterEach(() => app.close());

  it('delivers what a plugin publishes to both sides, each once', async () => {
    expect(await hear(() => events.publish('a.own', { id: 1 }))).toEqual([...anyListener, 'plugin a.own 1']);
  });

  it('delivers what is emitted to both sides, each once', async () => {
    expect(await hear(() => emitter.emit('a.own', { id: 2 }))).toEqual([...anyListener, 'plugin a.own 1']);
  });

  it('delivers what is emitted with emitAsync to both sides, each once, and waits for the plugins', async () => {
    expect(await hear(() => emitter.emitAsync('a.own', { id: 2 }))).toEqual([...anyListener, 'plugin a.own 1']);
  });

  it('delivers to the decorator of @nestjs/event-emitter in a plugin and in the application, when a plugin publishes', async () => {
    expect(await hear(() => events.publish('a.nest', { id: 3 }))).toEqual([
      ...anyListener,
      'host a.nest',
      'plugin a.nest 1',
    ]);
  });

  it('delivers to the decorator of @nestjs/event-emitter in a plugin and in the application, when it is emitted', async () => {
    expect(await hear(() => emitter.emit('a.nest', { id: 3 }))).toEqual([
      ...anyListener,
      'host a.nest',
      'plugin a.nest 1',
    ]);
  });

  it('delivers what a listener emits while it hears a plugin', async () => {
    expect(await hear(() => events.publish('chain.begun', { id: 4 }))).toEqual([
      'host chain.begun',
      'plugin chain.continued',
    ]);
  });

  it('delivers to a request-scoped listener, with the payload as its request', async () => {
    expect(await hear(() => events.publish('a.request', { id: 5 }))).toEqual([...anyListener, 'host request-scoped 5']);
  });

  it('never lets the error of a listener reach the plugin that publishes, and logs it', async () => {
    expect(await hear(() => events.publishAndWait('boom', {}))).toEqual(['host boom', 'plugin boom']);
    expect(errors).toEqual(['A listener of the application failed on "boom" of "s": host listener']);
  });

  it('leaves the error of a listener to the code that emits', async () => {
    expect(await hear(() => expect(emitter.emitAsync('boom', {})).rejects.toThrow('host listener'))).toEqual([
      'host boom',
      'plugin boom',
    ]);
  });

  it('delivers the same payload twice when it is published twice', async () => {
    const payload = { id: 1 };
    const both = (): Promise<unknown> =>
      Promise.all([events.publish('a.own', payload), events.publish('a.own', payload)]);

    expect(await hear(both)).toEqual([...anyListener, ...anyListener, 'plugin a.own 1', 'plugin a.own 1']);
  });

  // Without wildcards EventEmitter2 takes an array for the text that its parts make with commas between.
  it('understands a name that is given as an array, as far as the emitter does', async () => {
    expect(await hear(() => emitter.emit(['a', 'own'], {}))).toEqual([...anyListener, 'plugin a.own 1']);
  });

  it('delivers to the new instance alone after a restart', async () => {
    attachment.close();
    start(2);

    expect(await hear(() => events.publish('a.own', {}))).toEqual([...anyListener, 'plugin a.own 2']);
  });

  it('delivers to the new instance alone after a restart, when it is emitted', async () => {
    attachment.close();
    start(2);

    expect(await hear(() => emitter.emit('a.nest', {}))).toEqual([...anyListener, 'host a.nest', 'plugin a.nest 2']);
  });

  it('delivers to the application alone after the plugin has stopped', async () => {
    attachment.close();

    expect(await hear(() => emitter.emit('a.nest', {}))).toEqual([...anyListener, 'host a.nest']);
  });

  it('reaches listeners that come later, and no longer those that have gone', async () => {
    const listener = (): void => void heard.lines.push('late');
    await events.publish('late.made', {});
    emitter.on('late.made', listener);
    const present = await hear(() => events.publish('late.made', {}));
    emitter.off('late.made', listener);
    const gone = await hear(() => events.publish('late.made', {}));
    emitter.once('late.made', listener);
    const once = await hear(() => Promise.all([events.publish('late.made', {}), events.publish('late.made', {})]));
    emitter.onAny(listener);
    const any = await hear(() => events.publish('late.made', {}));

    expect({ present, gone, once, any }).toEqual({ present: ['late'], gone: [], once: ['late'], any: ['late'] });
  });

  it('does not search the listeners of a name again while none comes or goes', async () => {
    let searches = 0;
    const search = emitter.hasListeners.bind(emitter);
    emitter.hasListeners = (name) => ++searches > 0 && search(name);
    for (let count = 0; count < 100; count++) await events.publish('late.made', {});

    expect(searches).toBe(1);
  });

  it('leaves what emit and emitAsync answer as it is', async () => {
    expect(await emitter.emitAsync('answer')).toEqual([42]);
    expect(emitter.emit('answer')).toBe(true);
    expect(emitter.emit('late.made')).toBe(false);
    expect(() => emitter.emit('error', new Error('unheard'))).toThrow('unheard');
  });

  it('marks events of the application as such, and checks them against no manifest', async () => {
    let source: string | undefined;
    class Watcher {
      @OnEvent('UserCreated')
      handle(_event: unknown, context: { source: string }): void {
        source = context.source;
      }
    }
    bus.attach('watch', [{ type: Watcher, instance: new Watcher() }]);

    await emitter.emitAsync('UserCreated', {});
    expect(source).toBe('application');
  });

  it('gives the emitter back as it was when the application ends', async () => {
    expect(Object.hasOwn(emitter, 'emit')).toBe(true);
    await app.close();

    expect(['emit', 'emitAsync', 'on', 'off'].filter((method) => Object.hasOwn(emitter, method))).toEqual([]);
  });
});

describe.each([true, false])(
  'the decorator of @nestjs/event-emitter natively and in a plugin, with wildcard: %p',
  (wildcard) => {
    class Listeners {
      readonly calls: unknown[][] = [];

      @OnEmitted('many.values')
      many(...values: unknown[]): number {
        this.calls.push(['many', ...values]);
        return 7;
      }

      @OnEmitted('order.*')
      order(...values: unknown[]): string {
        this.calls.push(['order', ...values]);
        return 'order';
      }

      @OnEmitted('told', { suppressErrors: false })
      told(): void {
        throw new Error('told');
      }

      @OnEmitted('hidden')
      hidden(): void {
        throw new Error('hidden');
      }
    }

    async function both<T>(
      action: (emitter: EventEmitter2, listeners: Listeners) => Promise<T> | T,
    ): Promise<[native: T, hosted: T]> {
      const run = async (isHosted: boolean): Promise<T> => {
        @Module({
          imports: [EventEmitterModule.forRoot({ wildcard }), EventsModule.forRoot()],
          providers: isHosted ? [] : [Listeners],
        })
        class Root {}
        const app = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
        const listeners = isHosted ? new Listeners() : app.get(Listeners);
        if (isHosted) app.get(EventBus).attach('s', [{ type: Listeners, instance: listeners }]);
        try {
          return await action(app.get(EventEmitter2), listeners);
        } finally {
          await app.close();
        }
      };
      return [await run(false), await run(true)];
    }

    const cases: readonly (readonly [string, (emitter: EventEmitter2, listeners: Listeners) => unknown])[] = [
      ['two values', (emitter) => emitter.emitAsync('many.values', { a: 1 }, 'second')],
      ['no value', (emitter) => emitter.emitAsync('many.values')],
      ['three values', (emitter) => emitter.emitAsync('many.values', 1, undefined, null)],
      ['a wildcard', (emitter) => emitter.emitAsync('order.created', 1)],
      [
        'an error that is not suppressed',
        (emitter) => emitter.emitAsync('told').catch((error: Error) => error.message),
      ],
      ['an error that is suppressed', (emitter) => emitter.emitAsync('hidden')],
      ['the answer of emit', (emitter) => [emitter.emit('many.values', 1), emitter.emit('nobody', 1)]],
      [
        'hasListeners',
        (emitter) => ['many.values', 'nobody', 'order.created'].map((name) => emitter.hasListeners(name)),
      ],
    ];

    it.each(cases)('does the same: %s', async (_what, action) => {
      const [native, hosted] = await both(async (emitter, listeners) => {
        const result = await action(emitter, listeners);
        await settle();
        return { result, calls: listeners.calls };
      });

      expect(hosted).toEqual(native);
    });
  },
);

describe('without @nestjs/event-emitter', () => {
  it('events go their way among plugins', async () => {
    @Module({ imports: [EventsModule.forRoot()] })
    class Root {}
    const app = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
    const heard = new Heard();
    app.get(EventBus).attach('s', [{ type: PluginListener, instance: new PluginListener(heard, 1) }]);

    await app
      .get(EventBus)
      .publisherFor({ name: 's', emits: ['a.own'] })
      .publishAndWait('a.own', {});
    await app.close();

    expect(heard.lines).toEqual(['plugin a.own 1']);
  });
});
