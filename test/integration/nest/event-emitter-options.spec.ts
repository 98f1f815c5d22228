/** Options of `EventEmitterModule` that decide which emitter a listener hears, and what its name means there. */
import { Inject, Injectable, type ModuleMetadata } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import {
  describeWords,
  itIsBoth,
  type Setup,
  type Side,
  startNative,
  startPlugin,
  type Word,
} from '../../support/nest-words.js';

type Options = Parameters<typeof EventEmitterModule.forRoot>[0];

class Heard {
  lines: unknown[] = [];
}

function listeners(): ModuleMetadata {
  @Injectable()
  class Listeners {
    constructor(@Inject(Heard) readonly heard: Heard) {}

    @OnEvent('order.*')
    dotted(value: unknown): void {
      this.heard.lines.push(['order.*', value]);
    }

    @OnEvent('order:*')
    separated(value: unknown): string {
      this.heard.lines.push(['order:*', value]);
      return 'separated';
    }

    @OnEvent('stock:**')
    deep(value: unknown): void {
      this.heard.lines.push(['stock:**', value]);
    }

    @OnEvent(['of', 'parts'])
    parts(value: unknown): void {
      this.heard.lines.push(['parts', value]);
    }

    @OnEvent('plain')
    async plain(value: number): Promise<number> {
      this.heard.lines.push(['plain', value]);
      return value + 1;
    }
  }
  return { providers: [Heard, Listeners] };
}

const emitterOf = ({ ref }: Side): EventEmitter2 => ref.get(EventEmitter2, { strict: false });

/** A row about what is heard when a name is emitted with the value 1. */
const hears = (title: string, event: string | string[], is: unknown[]): Word => ({
  title,
  observe: (side) => {
    const lines: unknown[] = (side.ref.get(Heard).lines = []);
    emitterOf(side).emit(event, 1);
    return lines;
  },
  is,
});

/** An emitter of the application, and one that the module imports. */
function setupsWith(options: Options): readonly (readonly [string, Setup])[] {
  const own = (): ModuleMetadata => ({ ...listeners(), imports: [EventEmitterModule.forRoot(options)] });
  return [
    ['an emitter of the application', { define: listeners, beside: () => [EventEmitterModule.forRoot(options)] }],
    ["the module's own emitter", { define: own }],
  ];
}

for (const [whose, setup] of setupsWith({ wildcard: true, delimiter: ':' })) {
  describeWords(`${whose}, with wildcards and a colon as delimiter`, setup, [
    hears('does not match names with a dot', 'order.new', []),
    hears('has a name with a dot and a star as it is', 'order.*', [['order.*', 1]]),
    hears('matches names with a colon', 'order:new', [['order:*', 1]]),
    hears('matches one part only', 'order:new:late', []),
    hears('matches any parts', 'stock:a:b', [['stock:**', 1]]),
    hears('takes a name in parts', ['order', 'new'], [['order:*', 1]]),
    hears('has the parts of a listener', 'of:parts', [['parts', 1]]),
    {
      title: 'has what its listeners return',
      observe: (side) => emitterOf(side).emitAsync('order:new', 1),
      is: ['separated'],
    },
  ]);
}

for (const [whose, setup] of setupsWith({ delimiter: ':' })) {
  describeWords(`${whose}, with a colon as delimiter and without wildcards`, setup, [
    hears('does not match names', 'order:new', []),
    hears('has a name with a star as it is', 'order:*', [['order:*', 1]]),
  ]);
}

for (const [whose, setup] of setupsWith({ global: false, wildcard: true })) {
  describeWords(`${whose}, where its module is not global`, setup, [
    hears('is heard', 'plain', [['plain', 1]]),
    hears('is heard by its rules', 'order.new', [['order.*', 1]]),
    {
      title: 'has what its listeners return',
      observe: (side) => emitterOf(side).emitAsync('plain', 1),
      is: [2],
    },
  ]);

  describe(`${whose}, where its module is not global`, () => {
    itIsBoth('has no listeners after the end of the application', [1, 0], undefined, async (kind) => {
      const side = await (kind === 'native' ? startNative(setup) : startPlugin(setup));
      const emitter = emitterOf(side);
      const before = emitter.listenerCount('plain');
      await side.app.close();
      return [before, emitter.listenerCount('plain')];
    });
  });
}
