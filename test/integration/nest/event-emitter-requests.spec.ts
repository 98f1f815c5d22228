/** Request-scoped listeners of `@nestjs/event-emitter`: an instance for each event, whose request is what was emitted. */
import { Controller, Get, Inject, Injectable, type ModuleMetadata, Req, Scope } from '@nestjs/common';
import { ContextIdFactory, createContextId, REQUEST } from '@nestjs/core';
import { EVENT_PAYLOAD, EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import type { FastifyRequest } from 'fastify';
import { type AskedWord, describeWords, type Setup, type Side, type Word } from '../../support/nest-words.js';

type Options = Parameters<typeof EventEmitterModule.forRoot>[0];

function listeners(): ModuleMetadata {
  let states = 0;
  @Injectable({ scope: Scope.REQUEST })
  class State {
    readonly id = ++states;
  }
  @Injectable()
  class Singleton {
    readonly greeting = 'hello';
  }
  @Injectable({ scope: Scope.REQUEST })
  class Requested {
    constructor(
      @Inject(REQUEST) readonly request: unknown,
      @Inject(EVENT_PAYLOAD) readonly payload: unknown,
      @Inject(State) readonly state: State,
      @Inject(Singleton) readonly singleton: Singleton,
    ) {}

    @OnEvent('request')
    hear(...values: unknown[]): object {
      const { request, payload, singleton } = this;
      return { request, isPayload: request === payload, values, greeting: singleton.greeting };
    }

    @OnEvent('itself')
    itself(): this {
      return this;
    }

    @OnEvent('state')
    stateId(): number {
      return this.state.id;
    }

    @OnEvent('hidden')
    async hidden(): Promise<never> {
      throw new Error('hidden');
    }

    @OnEvent('told', { suppressErrors: false })
    told(): never {
      throw new Error('told');
    }

    @OnEvent('deferred', { async: true })
    deferred(value: string): string {
      return value;
    }

    @OnEvent('ordered')
    last(): string {
      return 'last';
    }

    @OnEvent('ordered', { prependListener: true })
    early(): string {
      return 'early';
    }
  }
  @Injectable()
  class DependsOnRequest {
    constructor(@Inject(State) readonly state: State) {}

    @OnEvent('depends')
    hear(value: string): string {
      return `${value} ${typeof this.state.id}`;
    }
  }
  @Injectable({ scope: Scope.REQUEST, durable: true })
  class Durable {
    @OnEvent('durable')
    itself(): this {
      return this;
    }
  }
  @Controller('contexts')
  class Contexts {
    constructor(
      @Inject(EventEmitter2) readonly emitter: EventEmitter2,
      @Inject(State) readonly state: State,
    ) {}

    @Get()
    async emits(@Req() request: FastifyRequest): Promise<object> {
      const [id] = (await this.emitter.emitAsync('state', request)) as number[];
      return { isShared: id === this.state.id };
    }
  }
  return { controllers: [Contexts], providers: [State, Singleton, Requested, DependsOnRequest, Durable] };
}

const emitterOf = ({ ref }: Side): EventEmitter2 => ref.get(EventEmitter2, { strict: false });
const answers = (title: string, is: unknown, action: (emitter: EventEmitter2) => unknown): Word => ({
  title,
  observe: (side) => action(emitterOf(side)),
  is,
});
const given = (request: unknown, values: unknown[]): unknown[] => [
  { request, isPayload: true, values, greeting: 'hello' },
];
const isSame = async (emitter: EventEmitter2, event: string): Promise<boolean> => {
  const [first] = (await emitter.emitAsync(event, {})) as unknown[];
  const [second] = (await emitter.emitAsync(event, {})) as unknown[];
  return first !== undefined && first === second;
};

const WORDS: readonly Word[] = [
  answers('injects the value that is emitted', given({ id: 1 }, [{ id: 1 }]), (emitter) =>
    emitter.emitAsync('request', { id: 1 }),
  ),
  answers('injects a text', given('text', ['text']), (emitter) => emitter.emitAsync('request', 'text')),
  answers('injects several values as a list', given([1, 'two', null], [1, 'two', null]), (emitter) =>
    emitter.emitAsync('request', 1, 'two', null),
  ),
  answers('injects nothing where nothing is emitted', given(undefined, []), (emitter) => emitter.emitAsync('request')),
  answers('makes an instance for each event', false, (emitter) => isSame(emitter, 'itself')),
  answers('keeps an instance that is durable', true, (emitter) => isSame(emitter, 'durable')),
  answers('calls a listener that depends on something request-scoped', ['yes number'], (emitter) =>
    emitter.emitAsync('depends', 'yes'),
  ),
  answers('suppresses errors', [undefined], (emitter) => emitter.emitAsync('hidden')),
  answers('rejects with an error that is not suppressed', 'told', (emitter) =>
    emitter.emitAsync('told').catch((error: Error) => error.message),
  ),
  answers('answers emit', true, (emitter) => emitter.emit('hidden')),
  answers('calls a prepended listener first', ['early', 'last'], (emitter) => emitter.emitAsync('ordered')),
  answers('resolves with what a deferred listener returns', ['later'], (emitter) =>
    emitter.emitAsync('deferred', 'later'),
  ),
  answers('lists its listeners', [2, true], (emitter) => [
    emitter.listeners('ordered').length,
    emitter.hasListeners('ordered'),
  ]),
];

const contextWord = (title: string, isShared: boolean): AskedWord => ({
  title,
  ask: ['/contexts'],
  is: { status: 200, body: { isShared } },
});

/** An emitter of the application, and one that the plugin imports. */
function setupsWith(options: Options): readonly (readonly [string, Setup])[] {
  const own = (): ModuleMetadata => ({ ...listeners(), imports: [EventEmitterModule.forRoot(options)] });
  return [
    [
      'request-scoped listeners of the application',
      { define: listeners, beside: () => [EventEmitterModule.forRoot(options)] },
    ],
    ["request-scoped listeners of the module's own emitter", { define: own }],
  ];
}

describe('with durable providers', () => {
  const parent = createContextId();
  beforeAll(() =>
    ContextIdFactory.apply({ attach: (contextId) => (info) => (info.isTreeDurable ? parent : contextId) }),
  );
  // There is no public way back to no strategy.
  afterAll(() => Reflect.deleteProperty(ContextIdFactory, 'strategy'));

  for (const [whose, setup] of setupsWith({})) {
    describeWords(whose, setup, [
      ...WORDS,
      contextWord('have a context apart from that of the request that emits', false),
    ]);
  }
  for (const [whose, setup] of setupsWith({ inheritRequestContextId: true })) {
    describeWords(`${whose}, with inheritRequestContextId`, setup, [
      contextWord('share the instances of the request that emits', true),
    ]);
  }
});
