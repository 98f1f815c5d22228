import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Injectable, Post, type Type } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { IsInt } from 'class-validator';
import {
  OnEvent,
  Plugin,
  PluginCommandError,
  PluginEvents,
  PluginHost,
  ReloadUnfinishedError,
  ScheduleExplorer,
  unitOfWork,
} from '../../../src/index.js';
import { FakeClock, settle } from '../../support/fake-clock.js';
import { on, plugin } from '../../support/hooked-plugin.js';
import { hostApp, type HostApp } from '../../support/host-app.js';
import { waitFor } from '../../support/wait-for.js';

type Ask = (host: PluginHost) => Promise<unknown>;

/** What the plugin `self` asks for in its work, and what came of that. */
let ask: Ask;
let outcomes: unknown[];
let starts: number;

async function asked(host: PluginHost): Promise<unknown> {
  const outcome = await ask(host).catch((error: unknown) => error);
  outcomes.push(outcome);
  return outcome instanceof Error ? outcome.message : outcome;
}

/** The clock stands still: what would wait for the end of a drain time hangs. */
async function running(
  options: { readonly plugins?: Type<object>[]; readonly clock?: FakeClock } = {},
): Promise<HostApp> {
  @Controller()
  class Requests {
    constructor(readonly host: PluginHost) {}

    @Post('ask')
    async ask(): Promise<unknown> {
      return { answer: await asked(this.host) };
    }
  }
  @Injectable()
  class Work {
    constructor(readonly host: PluginHost) {}

    @OnEvent('base.asks')
    async handle(): Promise<void> {
      await asked(this.host);
    }

    @OnEvent('base.asks-in-unit')
    async handleInUnit(): Promise<void> {
      await unitOfWork(() => asked(this.host));
    }

    @Interval(1_000)
    async job(): Promise<void> {
      await asked(this.host);
    }
  }
  @Plugin({ name: 'self', version: '1.0.0', controllers: [Requests], providers: [Work], ...on('base') })
  class Self {
    onModuleInit(): void {
      starts++;
    }
  }
  const { plugins = [], clock = new FakeClock() } = options;
  const test = await hostApp([publisher('base', ['base.asks', 'base.asks-in-unit']), Self, ...plugins], {
    clock,
    startup: 'background',
    explorers: [ScheduleExplorer],
  });
  await clock.advance(0);
  await waitFor(() => test.host.isStarted);
  return test;
}

const request = (test: HostApp): Promise<{ statusCode: number }> =>
  test.app.getHttpAdapter().getInstance().inject({ method: 'POST', url: '/api/self/ask' });

const ready = (test: HostApp): Promise<boolean> =>
  waitFor(() => Object.values(test.states()).every((state) => state === 'ready'));

beforeEach(() => {
  outcomes = [];
  starts = 0;
});

describe('a plugin that asks for a command on itself', () => {
  const BEGUN: readonly (readonly [what: string, ask: Ask, state: string, startsAfter: number])[] = [
    ['restart', (host) => host.restart('self'), 'stopping', 2],
    ['restart of what it depends on', (host) => host.restart('base'), 'ready', 2],
    ['reconfigure', (host) => host.reconfigure('self', {}), 'stopping', 2],
    ['stop', (host) => host.stop('self'), 'stopping', 1],
    ['disable', (host) => host.disable('self'), 'stopping', 1],
  ];

  it.each(BEGUN)(
    'answers a command of a plugin on itself in a request before it is carried out: %s',
    async (_what, wanted, state, startsAfter) => {
      ask = wanted;
      await using test = await running();

      expect((await request(test)).statusCode).toBe(201);
      expect(outcomes).toEqual([expect.objectContaining({ state })]);
      await waitFor(() =>
        startsAfter === 1 ? ['stopped', 'disabled'].includes(test.states()['self'] ?? '') : starts === startsAfter,
      );
      if (startsAfter === 2) await ready(test);
    },
  );

  it.each(['base.asks', 'base.asks-in-unit'])(
    'in the handler of an event goes on before it is carried out: %s',
    async (event) => {
      ask = (host) => host.restart('self');
      await using test = await running();
      await published(event);
      await waitFor(() => starts === 2);
      await ready(test);

      expect(outcomes).toEqual([expect.objectContaining({ state: 'stopping' })]);
    },
  );

  it('lets a scheduled job go on before its command on its own plugin is carried out', async () => {
    const clock = new FakeClock();
    ask = (host) => host.restart('self');
    await using test = await running({ clock });
    await clock.advance(1_000);
    await waitFor(() => starts === 2);
    await ready(test);

    expect(outcomes).toEqual([expect.objectContaining({ state: 'stopping' })]);
  });

  it('refuses wrong settings that a plugin gives itself, and leaves it as it is', async () => {
    class Settings {
      @IsInt()
      size = 1;
    }
    @Injectable()
    class Handler {
      constructor(readonly host: PluginHost) {}

      @OnEvent('base.asks')
      async handle(): Promise<void> {
        await asked(this.host);
      }
    }
    ask = (host) => host.reconfigure('sized', { size: 'large' });
    await using test = await running({ plugins: [plugin('sized', {}, { config: Settings, providers: [Handler] })] });
    ask = (host) => host.reconfigure('sized', { size: 'large' });
    await published('base.asks');
    await waitFor(() => outcomes.length === 2);

    expect(outcomes[0]).toMatchObject({ code: expect.stringContaining('PLUGIN') });
    expect(test.states()['sized']).toBe('ready');
  });

  it.each<[string, Ask, object]>([
    ['restart', (host) => host.restart('own'), { code: 'PLUGIN_COMMAND_REFUSED' }],
    ['start', (host) => host.start('own'), { code: 'PLUGIN_COMMAND_REFUSED' }],
    ['start of what it depends on', (host) => host.start('base'), { code: 'PLUGIN_COMMAND_REFUSED' }],
    ['restart of what depends on it', (host) => host.restart('top'), { code: 'PLUGIN_COMMAND_REFUSED' }],
    ['reload', (host) => host.reloadConfiguration(), { code: 'CONFIGURATION_NOT_RELOADABLE' }],
  ])('in its own start is refused instead of waiting for itself: %s', async (_what, wanted, expected) => {
    ask = wanted;
    @Plugin({ name: 'own', version: '1.0.0', ...on('base') })
    class Own {
      constructor(readonly host: PluginHost) {}

      async onModuleInit(): Promise<void> {
        await asked(this.host);
      }
    }
    await using test = await hostApp([plugin('base'), Own, plugin('top', {}, on('own'))], { clock: new FakeClock() });

    expect(outcomes).toEqual([expect.objectContaining(expected)]);
    expect(String((outcomes[0] as PluginCommandError).message)).toContain('while it starts');
    expect(test.states()).toEqual({ base: 'ready', own: 'ready', top: 'ready' });
  });

  it.each<[string, Ask]>([
    ['startAll', (host) => host.startAll()],
    ['start of a plugin that has nothing to do with it', (host) => host.start('other')],
  ])('in its own start does not wait for itself: %s', async (_what, wanted) => {
    ask = wanted;
    @Plugin({ name: 'own', version: '1.0.0' })
    class Own {
      constructor(readonly host: PluginHost) {}

      async onModuleInit(): Promise<void> {
        await asked(this.host);
      }
    }
    await using test = await hostApp([plugin('other'), Own], { clock: new FakeClock() });

    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).not.toBeInstanceOf(Error);
    expect(test.states()).toEqual({ other: 'ready', own: 'ready' });
  });

  it.each<[string, Ask]>([
    ['restart', (host) => host.restart('own')],
    ['start of what depends on it', (host) => host.start('top')],
    ['stopAll', (host) => host.stopAll()],
  ])('in its destroy hook goes on at once: %s', async (_what, wanted) => {
    ask = wanted;
    @Plugin({ name: 'own', version: '1.0.0' })
    class Own {
      constructor(readonly host: PluginHost) {}

      async onModuleDestroy(): Promise<void> {
        if (outcomes.length === 0) await asked(this.host);
      }
    }
    await using test = await hostApp([Own, plugin('top', {}, on('own'))], { clock: new FakeClock() });
    await test.host.restart('own');

    expect(outcomes).toHaveLength(1);
    expect(test.host.uncleanStops()).toEqual([]);
  });

  it('restarts a plugin that waits for its answer by publishAndWait, without waiting for it in turn', async () => {
    @Injectable()
    class Answering {
      constructor(readonly host: PluginHost) {}

      @OnEvent('waiter.asks')
      async handle(): Promise<void> {
        outcomes.push(await this.host.restart('waiter'));
      }
    }
    @Injectable()
    class Waiting {
      constructor(readonly events: PluginEvents) {}

      @OnEvent('trigger.begins')
      async handle(): Promise<void> {
        const [outcome] = await this.events.publishAndWait('waiter.asks', {});
        outcomes.push(outcome?.status);
      }
    }
    let waits = 0;
    const waiter = plugin(
      'waiter',
      { onModuleInit: () => void waits++ },
      { emits: ['waiter.asks'], providers: [Waiting] },
    );
    const plugins = [
      waiter,
      plugin('answerer', {}, { providers: [Answering] }),
      publisher('trigger', ['trigger.begins']),
    ];
    await using test = await hostApp(plugins, { clock: new FakeClock() });
    await published('trigger.begins');
    await waitFor(() => waits === 2);
    await ready(test);

    expect(outcomes).toEqual([expect.objectContaining({ state: 'stopping' }), 'handled']);
  });

  it('reports to a plugin that the reload which restarts it goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'panotti-own-'));
    await writeFile(
      join(folder, 'panotti.yaml'),
      'telemetry: { logLevel: silent, watchdog: false }\nstorage: { driver: memory }\n',
    );
    const settings = (size: number): Promise<void> =>
      writeFile(join(folder, 'plugins.yaml'), `own:\n  settings:\n    size: ${size}\n`);
    await settings(1);
    class Settings {
      @IsInt()
      size = 0;
    }
    @Injectable()
    class Handler {
      constructor(readonly host: PluginHost) {}

      @OnEvent('trigger.begins')
      async handle(): Promise<void> {
        await asked(this.host);
      }
    }
    let inits = 0;
    const own = plugin('own', { onModuleInit: () => void inits++ }, { config: Settings, providers: [Handler] });
    ask = (host) => host.reloadConfiguration();
    {
      await using test = await hostApp([own, publisher('trigger', ['trigger.begins'])], {
        clock: new FakeClock(),
        configDirectory: folder,
      });
      await published('trigger.begins');
      await waitFor(() => outcomes.length === 1);
      expect(outcomes[0]).toMatchObject({ restarted: [] });
      await settings(2);
      await published('trigger.begins');
      await waitFor(() => inits === 2);
      await ready(test);
    }
    await rm(folder, { recursive: true });

    expect(outcomes[1]).toBeInstanceOf(ReloadUnfinishedError);
  });
});

let publishers: PluginEvents | undefined;

function publisher(name: string, emits: string[]): Type<object> {
  @Plugin({ name, version: '1.0.0', emits })
  class Publisher {
    constructor(events: PluginEvents) {
      publishers = events;
    }
  }
  return Publisher;
}

async function published(event: string): Promise<void> {
  await publishers?.publish(event, {});
  await settle();
}
