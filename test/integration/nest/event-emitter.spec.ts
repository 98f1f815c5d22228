/** Listeners with the decorator of `@nestjs/event-emitter`: on the emitter of the application, and on one that the plugin imports. */
import { Controller, Inject, Injectable, type ModuleMetadata, SetMetadata } from '@nestjs/common';
import {
  EVENT_LISTENER_METADATA,
  EventEmitter2,
  EventEmitterModule,
  EventEmitterReadinessWatcher,
  OnEvent,
} from '@nestjs/event-emitter';
import {
  describeWords,
  itIsBoth,
  type Setup,
  type Side,
  startNative,
  startPlugin,
  type Word,
} from '../../support/nest-words.js';
import { waitFor } from '../../support/wait-for.js';

type Options = Parameters<typeof EventEmitterModule.forRoot>[0];

class Heard {
  lines: unknown[] = [];
}

const SECRET = Symbol('secret');
const MADE = 'made';

function listeners(): ModuleMetadata {
  class Base {
    constructor(@Inject(Heard) readonly heard: Heard) {}

    @OnEvent('inherited')
    inherited(): void {
      this.heard.lines.push(`inherited by ${this.constructor.name}`);
    }

    @OnEvent('overridden')
    overridden(): void {
      this.heard.lines.push('overridden');
    }
  }
  @Injectable()
  class Listeners extends Base {
    override overridden(): void {
      this.heard.lines.push('overriding');
    }

    @OnEvent('values')
    values(...values: unknown[]): void {
      this.heard.lines.push(values);
    }

    @OnEvent('answer')
    async first(value: number): Promise<number> {
      await Promise.resolve();
      return value + 1;
    }

    @OnEvent('answer')
    second(value: number): string {
      return `second ${value}`;
    }

    @OnEvent('answer', { prependListener: true })
    prepended(): string {
      return 'prepended';
    }

    @OnEvent('ordered')
    last(): void {
      this.heard.lines.push('last');
    }

    @OnEvent('ordered', { prependListener: true })
    early(): void {
      this.heard.lines.push('early');
    }

    @OnEvent('one.of')
    @OnEvent('two.of')
    either(value: string): void {
      this.heard.lines.push(value);
    }

    @OnEvent('twice')
    @OnEvent('twice')
    twice(): void {
      this.heard.lines.push('again');
    }

    @OnEvent('hidden')
    hidden(): never {
      throw new Error('hidden');
    }

    @OnEvent('hidden')
    besides(): string {
      return 'besides';
    }

    @OnEvent('told', { suppressErrors: false })
    async told(): Promise<never> {
      throw new Error('told');
    }

    @OnEvent('later', { async: true })
    later(): void {
      this.heard.lines.push('later');
    }

    @OnEvent('next', { nextTick: true })
    next(): void {
      this.heard.lines.push('next tick');
    }

    @OnEvent('promised', { promisify: true, async: true })
    promised(): string {
      return 'promised';
    }

    @OnEvent(SECRET)
    secret(value: string): void {
      this.heard.lines.push(value);
    }

    @OnEvent(['parts', 'joined'])
    parts(value: string): void {
      this.heard.lines.push(value);
    }

    @OnEvent('order.*')
    order(...values: unknown[]): string {
      this.heard.lines.push(['order.*', ...values]);
      return 'order';
    }

    @OnEvent('deep.**')
    deep(...values: unknown[]): void {
      this.heard.lines.push(['deep.**', ...values]);
    }

    @SetMetadata(EVENT_LISTENER_METADATA, { event: 'custom' })
    custom(): void {
      this.heard.lines.push('custom');
    }
  }
  class Made {
    constructor(readonly heard: Heard) {}

    @OnEvent(MADE)
    hear(): void {
      this.heard.lines.push('made by a factory');
    }
  }
  @Controller('emitter')
  class Routes {
    constructor(@Inject(Heard) readonly heard: Heard) {}

    @OnEvent('controller')
    hear(value: string): void {
      this.heard.lines.push(value);
    }
  }
  const made = { provide: MADE, inject: [Heard], useFactory: (heard: Heard) => new Made(heard) };
  return { controllers: [Routes], providers: [Heard, Listeners, { provide: 'ALIAS', useExisting: Listeners }, made] };
}

const emitterOf = ({ ref }: Side): EventEmitter2 => ref.get(EventEmitter2, { strict: false });

/** A row about what is heard while `action` runs, which can write between. */
const hears = (title: string, is: unknown[], action: (emitter: EventEmitter2, lines: unknown[]) => unknown): Word => ({
  title,
  observe: async (side) => {
    const lines: unknown[] = (side.ref.get(Heard).lines = []);
    await action(emitterOf(side), lines);
    return lines;
  },
  is,
});
/** A row about what the emitter answers. */
const answers = (title: string, is: unknown, action: (emitter: EventEmitter2) => unknown): Word => ({
  title,
  observe: (side) => action(emitterOf(side)),
  is,
});
const messageOf = (error: Error): string => error.message;

const WORDS: readonly Word[] = [
  // `emit` gives nothing to wait for: it has been heard before it returns, or not at all.
  hears('calls a listener before emit returns', [['now']], (emitter) => void emitter.emit('values', 'now')),
  hears(
    'gives every value',
    [[1, undefined, null, { four: 4 }]],
    (emitter) => void emitter.emit('values', 1, undefined, null, { four: 4 }),
  ),
  hears('gives no value where none was emitted', [[]], (emitter) => void emitter.emit('values')),
  answers('resolves with what listeners return, in their order', ['prepended', 2, 'second 1'], (emitter) =>
    emitter.emitAsync('answer', 1),
  ),
  hears('calls a prepended listener first', ['early', 'last'], (emitter) => void emitter.emit('ordered')),
  hears('calls a method for each of its events', ['a', 'b'], (emitter) => {
    emitter.emit('one.of', 'a');
    emitter.emit('two.of', 'b');
  }),
  hears('calls a method as often as it names an event', ['again', 'again'], (emitter) => void emitter.emit('twice')),
  hears('calls a method of the parent class', ['inherited by Listeners'], (emitter) => void emitter.emit('inherited')),
  hears('does not call a method that overrides a listener', [], (emitter) => void emitter.emit('overridden')),
  hears('calls a controller', ['to a controller'], (emitter) => void emitter.emit('controller', 'to a controller')),
  hears('calls what a factory made', ['made by a factory'], (emitter) => void emitter.emit(MADE)),
  hears('calls a method whose metadata is not a list', ['custom'], (emitter) => void emitter.emit('custom')),
  hears(
    'defers a listener with nextTick, and longer one with async',
    ['emitted', 'next tick', 'later'],
    async (emitter, lines) => {
      emitter.emit('later');
      emitter.emit('next');
      lines.push('emitted');
      await waitFor(() => lines.length > 2);
    },
  ),
  hears('has listeners that are added by hand, for once and for good', ['on 1', 'once 1', 'on 2'], (emitter, lines) => {
    const on = (value: number): void => void lines.push(`on ${value}`);
    emitter.on('by-hand', on);
    emitter.once('by-hand', (value: number) => void lines.push(`once ${value}`));
    emitter.emit('by-hand', 1);
    emitter.emit('by-hand', 2);
    emitter.off('by-hand', on);
    emitter.emit('by-hand', 3);
  }),
  answers('suppresses errors, and calls the other listeners', [undefined, 'besides'], (emitter) =>
    emitter.emitAsync('hidden'),
  ),
  answers('rejects with an error that is not suppressed', 'told', (emitter) =>
    emitter.emitAsync('told').catch(messageOf),
  ),
  answers('answers emit, also where a listener throws', [true, true, false], (emitter) =>
    ['values', 'hidden', 'nothing'].map((event) => emitter.emit(event)),
  ),
  answers('resolves with what a promisified listener returns', ['promised'], (emitter) =>
    emitter.emitAsync('promised'),
  ),
  answers('knows which events have listeners', [true, true, false], (emitter) => [
    emitter.hasListeners('values'),
    emitter.eventNames().includes('values'),
    emitter.hasListeners('nothing'),
  ]),
  answers('lists and counts listeners', [3, 3, 1, 0], (emitter) => [
    emitter.listeners('answer').length,
    emitter.listenerCount('answer'),
    emitter.listenerCount('later'),
    emitter.listenerCount('nothing'),
  ]),
  {
    title: 'says when its listeners are there',
    observe: ({ ref }) => ref.get(EventEmitterReadinessWatcher, { strict: false }).waitUntilReady(),
    is: undefined,
  },
];

/** The same with wildcards, and without. */
const wildcardWords = (isOn: boolean): readonly Word[] => [
  hears(
    'calls the listener of one segment',
    isOn ? [['order.*', 1]] : [],
    (emitter) => void emitter.emit('order.created', 1),
  ),
  hears(
    'calls the listener of any segments',
    isOn ? [['deep.**', 1]] : [],
    (emitter) => void emitter.emit('deep.one.two', 1),
  ),
  hears('calls it for its own name', [['order.*', 2]], (emitter) => void emitter.emit('order.*', 2)),
  // With wildcards the emitter ignores it.
  hears('calls the listener of a symbol', isOn ? [] : ['s'], (emitter) => void emitter.emit(SECRET, 's')),
  hears('has the parts of a name', isOn ? ['p'] : [], (emitter) => void emitter.emit('parts.joined', 'p')),
  hears('emits a name in parts', ['q'], (emitter) => void emitter.emit(['parts', 'joined'], 'q')),
  answers('answers emitAsync', isOn ? ['order'] : [], (emitter) => emitter.emitAsync('order.created')),
  answers('counts its listeners', isOn ? [1, 1] : [0, 1], (emitter) => [
    emitter.listeners('order.created').length,
    emitter.listeners('order.*').length,
  ]),
];

/** An emitter of the application, and one that the plugin imports. */
function setupsWith(options: Options): readonly (readonly [string, Setup])[] {
  const own = (): ModuleMetadata => ({ ...listeners(), imports: [EventEmitterModule.forRoot(options)] });
  return [
    ['an emitter of the application', { define: listeners, beside: () => [EventEmitterModule.forRoot(options)] }],
    ["the module's own emitter", { define: own }],
  ];
}

for (const [whose, setup] of setupsWith({})) {
  describeWords(whose, setup, [...WORDS, ...wildcardWords(false)]);

  describe(`${whose}, natively and in a plugin`, () => {
    itIsBoth('has no listeners after the end of the application', [3, 0], undefined, async (kind) => {
      const side = await (kind === 'native' ? startNative(setup) : startPlugin(setup));
      const emitter = emitterOf(side);
      const before = emitter.listenerCount('answer');
      await side.app.close();
      return [before, emitter.listenerCount('answer')];
    });
  });
}

for (const [whose, setup] of setupsWith({ wildcard: true }))
  describeWords(`${whose} with wildcards`, setup, [...WORDS, ...wildcardWords(true)]);

for (const [whose, setup] of setupsWith({ wildcard: true, delimiter: '::' })) {
  describeWords(`${whose} with a delimiter`, setup, [
    hears('does not take a dot for one', [], (emitter) => void emitter.emit('order.created', 1)),
    hears('takes its own', ['r'], (emitter) => void emitter.emit('parts::joined', 'r')),
  ]);
}
