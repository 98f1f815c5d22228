import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Controller, Get, Injectable } from '@nestjs/common';
import { IsInt, IsString, Max } from 'class-validator';
import { EventContract, OnEvent, Plugin, PluginCommandError, PluginEvents } from '../../../src/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { on, plugin } from '../../support/hooked-plugin.js';
import { hostApp } from '../../support/host-app.js';
import { waitFor } from '../../support/wait-for.js';

const telling = (told: string[], name: string) => ({
  onModuleInit: () => void told.push(`${name} starts`),
  onModuleDestroy: () => void told.push(`${name} stops`),
});

describe('commands on one plugin', () => {
  it('restart it and what depends on it, dependents first, with fresh instances, and say so before', async () => {
    const told: string[] = [];
    await using test = await hostApp([
      plugin('base', telling(told, 'base')),
      plugin('middle', telling(told, 'middle'), on('base')),
      plugin('top', telling(told, 'top'), on('middle')),
      plugin('other', telling(told, 'other')),
    ]);
    told.length = 0;
    const plan = test.host.plan('restart', 'base');
    const result = await test.host.restart('base');

    expect(plan).toEqual({
      command: 'restart',
      plugin: 'base',
      stops: ['top', 'middle', 'base'],
      starts: ['base', 'middle', 'top'],
      blocks: [],
    });
    expect(result).toMatchObject({ plan, state: 'ready' });
    expect(told).toEqual(['top stops', 'middle stops', 'base stops', 'base starts', 'middle starts', 'top starts']);
    expect(test.states()).toEqual({ base: 'ready', middle: 'ready', other: 'ready', top: 'ready' });
  });

  it('stop it, block what needs it and restart what can be without it; a start brings all of them back', async () => {
    await using test = await hostApp([
      plugin('base'),
      plugin('needs', {}, on('base')),
      plugin('likes', {}, { optionalDependencies: { base: '*' } }),
    ]);
    const plan = test.host.plan('stop', 'base');
    await test.host.stop('base');

    expect(plan).toMatchObject({
      stops: expect.arrayContaining(['needs', 'likes', 'base']),
      starts: ['likes'],
      blocks: ['needs'],
    });
    expect(test.states()).toEqual({ base: 'stopped', likes: 'ready', needs: 'blocked' });

    expect(test.host.plan('start', 'base')).toMatchObject({ stops: [], starts: ['base', 'needs'] });
    await test.host.start('base');
    expect(test.states()).toEqual({ base: 'ready', likes: 'ready', needs: 'ready' });
  });

  it('serve its routes and events from the new instance only', async () => {
    let born = 0;
    const heard: number[] = [];
    @Injectable()
    class Counter {
      readonly number = ++born;

      @OnEvent('panotti.plugin.ready')
      hear(): void {
        heard.push(this.number);
      }
    }
    @Controller()
    class Numbers {
      constructor(private readonly counter: Counter) {}

      @Get()
      show(): number {
        return this.counter.number;
      }
    }
    @Plugin({ name: 'counted', version: '1.0.0', providers: [Counter], controllers: [Numbers] })
    class Counted {}
    await using test = await hostApp([Counted, plugin('other')]);
    await test.host.restart('counted');
    heard.length = 0;
    await test.host.restart('other');

    expect((await test.app.inject('/api/counted')).json()).toBe(2);
    expect(heard).toEqual([2]);
    expect(test.pluginModules()).toHaveLength(2);
  });

  it('answer 503 while it is stopped and serve again afterwards', async () => {
    @Controller()
    class Hello {
      @Get()
      hello(): string {
        return 'hello';
      }
    }
    await using test = await hostApp([plugin('greeter', {}, { controllers: [Hello] })]);
    await test.host.stop('greeter');
    const stopped = await test.app.inject('/api/greeter');
    await test.host.start('greeter');

    expect([stopped.statusCode, stopped.headers['retry-after']]).toEqual([503, '1']);
    expect((await test.app.inject('/api/greeter')).body).toBe('hello');
  });

  it('try a failed plugin again', async () => {
    let isBroken = true;
    const sometimes = plugin('sometimes', {
      onModuleInit: () => {
        if (isBroken) throw new Error('broken');
      },
    });
    await using test = await hostApp([sometimes, plugin('dependent', {}, on('sometimes'))]);
    isBroken = false;
    await test.host.start('sometimes');

    expect(test.states()).toEqual({ dependent: 'ready', sometimes: 'ready' });
  });

  it('start a plugin that the machine lacked something for, once that is there, and what waits for it', async () => {
    class Config {
      @IsString() command = '/nonexistent/command';
    }
    const options = { config: Config, requires: { binaries: [{ setting: 'command' }] } };
    await using test = await hostApp([plugin('runs', {}, options), plugin('top', {}, on('runs'))]);
    expect(test.states()).toEqual({ runs: 'blocked', top: 'blocked' });
    const command = join(test.dataDirectory, 'command');
    await test.host.reconfigure('runs', { command });
    await expect(test.host.start('runs')).rejects.toThrow(`needs the program ${command}, which is not there`);

    await writeFile(command, '', { mode: 0o755 });
    await test.host.start('runs');
    expect(test.states()).toEqual({ runs: 'ready', top: 'ready' });
  });

  it('disable and enable a plugin, also one that the configuration disables', async () => {
    await using test = await hostApp([plugin('on'), plugin('off'), plugin('needs-off', {}, on('off'))], {
      pluginSections: { off: { enabled: false } },
    });
    expect(test.states()).toEqual({ 'needs-off': 'blocked', off: 'disabled', on: 'ready' });

    await test.host.disable('on');
    await test.host.enable('off');
    expect(test.states()).toEqual({ 'needs-off': 'ready', off: 'ready', on: 'disabled' });
    await expect(test.host.start('on')).rejects.toThrow(PluginCommandError);

    await test.host.enable('on');
    expect(test.states()).toMatchObject({ on: 'ready' });
  });

  it('name a plugin that is not there, and those that are', async () => {
    await using test = await hostApp([plugin('here')]);

    await expect(test.host.restart('their')).rejects.toThrow(
      'The host has no plugin "their".\n  Fix: Known are: here.',
    );
  });

  it('refuses every command once the server stops', async () => {
    await using test = await hostApp([plugin('here')]);
    await test.host.stopAll();

    await expect(test.host.start('here')).rejects.toThrow('the server is stopping');
  });
});

describe('a new configuration', () => {
  class Config {
    @IsInt() @Max(10) size = 1;
  }
  const sized = (sizes: number[]) => {
    @Plugin({ name: 'sized', version: '1.0.0', config: Config })
    class Sized {
      constructor(readonly config: Config) {}

      onModuleInit(): void {
        if (this.config.size === 7) throw new Error('seven is an unlucky number');
        sizes.push(this.config.size);
      }
    }
    return Sized;
  };

  it('restarts the plugin with it', async () => {
    const sizes: number[] = [];
    await using test = await hostApp([sized(sizes)]);
    await test.host.reconfigure('sized', { size: 2 });

    expect(sizes).toEqual([1, 2]);
  });

  it('changes nothing when it is wrong', async () => {
    const sizes: number[] = [];
    await using test = await hostApp([sized(sizes)]);

    await expect(test.host.reconfigure('sized', { size: 11 })).rejects.toThrow('plugins.sized.settings.size');
    await expect(test.host.reconfigure('sized', { sise: 3 })).rejects.toThrow('did you mean "size"');
    expect(sizes).toEqual([1]);
    expect(test.states()).toEqual({ sized: 'ready' });
  });

  it('takes new settings back when the plugin does not start with them', async () => {
    const sizes: number[] = [];
    await using test = await hostApp([sized(sizes)]);
    await test.host.reconfigure('sized', { size: 2 });

    await expect(test.host.reconfigure('sized', { size: 7 })).rejects.toThrow('the previous ones are in effect again');
    expect(sizes).toEqual([1, 2, 2]);
    expect(test.states()).toEqual({ sized: 'ready' });
  });

  it('takes wrong settings back however often they are given, and counts no failure of the plugin', async () => {
    const sizes: number[] = [];
    await using test = await hostApp([sized(sizes)], { clock: new FakeClock() });
    for (let attempt = 0; attempt < 4; attempt++) {
      await expect(test.host.reconfigure('sized', { size: 7 })).rejects.toThrow(
        'the previous ones are in effect again',
      );
    }

    expect([test.states(), sizes]).toEqual([{ sized: 'ready' }, [1, 1, 1, 1, 1]]);
  });

  it('leaves a plugin that is stopped, disabled or suspended as it is, says so before, and is in effect when it starts', async () => {
    const sizes: number[] = [];
    await using test = await hostApp([sized(sizes)], { clock: new FakeClock() });
    await test.host.stop('sized');
    expect(test.host.plan('reconfigure', 'sized')).toMatchObject({ stops: [], starts: [], blocks: [] });
    expect(await test.host.reconfigure('sized', { size: 2 })).toMatchObject({ state: 'stopped' });
    await test.host.start('sized');
    await test.host.disable('sized');
    expect(await test.host.reconfigure('sized', { size: 7 })).toMatchObject({ state: 'disabled' });
    await test.host.enable('sized');
    for (let attempt = 0; attempt < 2; attempt++) await test.host.start('sized');
    expect(test.states()).toEqual({ sized: 'suspended' });
    expect(await test.host.reconfigure('sized', { size: 3 })).toMatchObject({ state: 'suspended' });
    await test.host.resume('sized');

    expect([test.states(), sizes]).toEqual([{ sized: 'ready' }, [1, 2, 3]]);
  });

  it('mends a plugin whose configuration was wrong', async () => {
    const sizes: number[] = [];
    await using test = await hostApp([sized(sizes)], { pluginSections: { sized: { settings: { size: 99 } } } });
    expect(test.states()).toEqual({ sized: 'invalid' });
    await test.host.reconfigure('sized', { size: 3 });

    expect([test.states(), sizes]).toEqual([{ sized: 'ready' }, [3]]);
  });
});

describe('what operators have made of plugins', () => {
  let dataDirectory: string;
  beforeEach(async () => (dataDirectory = await mkdtemp(join(tmpdir(), 'panotti-test-'))));
  afterEach(() => rm(dataDirectory, { recursive: true, force: true }));
  const file = () => join(dataDirectory, 'panotti', 'plugin-states.json');
  const app = (...off: string[]) =>
    hostApp(
      [plugin('stopped'), plugin('disabled'), plugin('enabled'), plugin('back'), ...off.map((name) => plugin(name))],
      {
        dataDirectory,
        host: { storage: { driver: 'sqlite' }, telemetry: { logLevel: 'silent', watchdog: false } },
        pluginSections: Object.fromEntries(['enabled', ...off].map((name) => [name, { enabled: false }])),
      },
    );

  it('keeps what operators have decided over a restart of the server, until it is undone', async () => {
    {
      await using test = await app();
      await test.host.stop('stopped');
      await test.host.disable('disabled');
      await test.host.enable('enabled');
      await test.host.stop('back');
      await test.host.start('back');
    }
    {
      await using test = await app();
      expect(test.states()).toEqual({ back: 'ready', disabled: 'disabled', enabled: 'ready', stopped: 'stopped' });
      await test.host.start('stopped');
      await test.host.enable('disabled');
      await test.host.disable('enabled');
    }
    await using test = await app();
    expect(test.states()).toEqual({ back: 'ready', disabled: 'ready', enabled: 'disabled', stopped: 'ready' });
  });

  it('keeps a plugin enabled that an operator has enabled, then stopped, then started', async () => {
    {
      await using test = await app('again');
      await test.host.enable('again');
      await test.host.stop('again');
      await test.host.start('again');
    }
    await using test = await app('again');
    expect(test.states()).toMatchObject({ again: 'ready' });
  });

  it('takes the decisions of operators over once from the file of an earlier version', async () => {
    await mkdir(dirname(file()), { recursive: true });
    await writeFile(
      file(),
      JSON.stringify({ version: 1, plugins: { stopped: 'stopped', disabled: 'disabled', back: 'nonsense' } }),
    );
    {
      await using test = await app();
      expect(test.states()).toEqual({ back: 'ready', disabled: 'disabled', enabled: 'disabled', stopped: 'stopped' });
      await test.host.start('stopped');
    }
    await using test = await app();
    expect(test.states()).toEqual({ back: 'ready', disabled: 'disabled', enabled: 'disabled', stopped: 'ready' });
  });

  it('starts plugins as configured when the file of an earlier version is damaged, and leaves the file alone', async () => {
    await mkdir(dirname(file()), { recursive: true });
    await writeFile(file(), '{ "plugins": ');
    await using test = await app();

    expect(test.states()).toMatchObject({ stopped: 'ready' });
    expect(await readFile(file(), 'utf8')).toBe('{ "plugins": ');
  });
});

describe('commands at the same time', () => {
  const slow = (clock: FakeClock, told: string[]) =>
    plugin('slow', {
      onModuleInit: async () => {
        told.push('begins');
        await clock.sleep(1_000);
        told.push('is ready');
      },
      onModuleDestroy: () => void told.push('stops'),
    });

  it('lets a stop win over a start that is under way and over the commands that wait behind it', async () => {
    const clock = new FakeClock();
    const told: string[] = [];
    await using test = await hostApp([slow(clock, told)], { clock, startup: 'background' });
    await clock.advance(1_000);
    const outcome = (command: Promise<{ state: string }>) =>
      command.then(
        ({ state }) => state,
        (error: Error) => error.constructor.name,
      );
    const underWay = outcome(test.host.restart('slow'));
    await clock.advance(500);
    expect(test.states()).toEqual({ slow: 'starting' });
    const outcomes = [underWay, outcome(test.host.restart('slow')), outcome(test.host.stop('slow'))];
    await clock.advance(10_000);

    expect(await Promise.all(outcomes)).toEqual(['stopped', 'PluginCommandError', 'stopped']);
    expect(test.states()).toEqual({ slow: 'stopped' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('start nothing any more when the server begins to stop while they are under way', async () => {
    const told: string[] = [];
    await using test = await hostApp([plugin('late', telling(told, 'late'))]);
    await test.host.stop('late');
    told.length = 0;
    const underWay = test.host.start('late');
    await Promise.all([test.host.stopAll(), underWay]);

    expect([told, test.states()]).toEqual([[], { late: 'stopped' }]);
  });

  it('lets a stop end the start that a restart has begun in the place of another one', async () => {
    const clock = new FakeClock();
    const hanging = plugin('hanging', { onModuleInit: () => new Promise(() => undefined) });
    await using test = await hostApp([hanging], { clock, startup: 'background' });
    await clock.advance(0);
    void test.host.restart('hanging');
    await clock.advance(500);
    expect(test.host.plugin('hanging').history.map(({ to }) => to)).toEqual(['starting', 'stopped', 'starting']);
    await test.host.stop('hanging');

    expect([test.states(), clock.monotonicMs(), clock.pendingTimers]).toEqual([{ hanging: 'stopped' }, 500, 0]);
  });

  it('carry out two restarts one after the other', async () => {
    const clock = new FakeClock();
    const told: string[] = [];
    await using test = await hostApp([slow(clock, told)], { clock, startup: 'background' });
    await clock.advance(1_000);
    told.length = 0;
    const both = Promise.all([test.host.restart('slow'), test.host.restart('slow')]);
    await clock.advance(3_000);
    await both;

    expect(told).toEqual(['stops', 'begins', 'is ready', 'stops', 'begins', 'is ready']);
  });

  it('gives up the start of a dependent when its dependency restarts, and starts it afterwards', async () => {
    const clock = new FakeClock();
    const told: string[] = [];
    await using test = await hostApp(
      [
        plugin('base'),
        plugin('slow', { onModuleInit: () => clock.sleep(1_000).then(() => void told.push('ready')) }, on('base')),
      ],
      { clock, startup: 'background' },
    );
    await clock.advance(500);
    const restarted = test.host.restart('base');
    await clock.advance(500);
    expect(test.states()).toEqual({ base: 'ready', slow: 'starting' });

    await clock.advance(500);
    await restarted;
    expect(test.states()).toEqual({ base: 'ready', slow: 'ready' });
  });
});

describe('a plugin that fails again and again', () => {
  it('suspends a plugin at its third failure within a minute, and starts it again only when it is resumed', async () => {
    const clock = new FakeClock();
    let isBroken = true;
    const broken = plugin('broken', {
      onModuleInit: () => {
        if (isBroken) throw new Error('still broken');
      },
    });
    await using test = await hostApp([broken], { clock });
    await clock.advance(10_000);
    await test.host.restart('broken');
    expect(test.states()).toEqual({ broken: 'failed' });
    await clock.advance(10_000);
    await test.host.restart('broken');
    expect(test.host.plugin('broken')).toMatchObject({
      state: 'suspended',
      reason: expect.stringContaining('still broken'),
    });

    await expect(test.host.start('broken')).rejects.toThrow('it is suspended');
    isBroken = false;
    await test.host.resume('broken');
    expect(test.states()).toEqual({ broken: 'ready' });
  });

  it('does not suspend a plugin whose failures are further apart', async () => {
    const clock = new FakeClock();
    await using test = await hostApp([plugin('broken', { onModuleInit: () => Promise.reject(new Error('no')) })], {
      clock,
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      await clock.advance(31_000);
      await test.host.restart('broken');
    }

    expect(test.states()).toEqual({ broken: 'failed' });
  });
});

describe('events for a plugin that restarts', () => {
  @EventContract('source.told')
  class Told {
    number = 0;
  }
  let source: PluginEvents;

  @Plugin({ name: 'source', version: '1.0.0', emits: [Told] })
  class Source {
    constructor(events: PluginEvents) {
      source = events;
    }
  }
  const tell = (number: number) => source.publishAndWait(Object.assign(new Told(), { number }));

  it('wait, and reach the new instance in their order; what depends on it holds its own as well', async () => {
    const clock = new FakeClock();
    const heard: string[] = [];
    let born = 0;
    const listener = (name: string, dependencies: object) => {
      @Plugin({ name, version: '1.0.0', ...dependencies })
      class Listener {
        readonly instance = ++born;

        async onModuleInit(): Promise<void> {
          await clock.sleep(1_000);
        }

        @OnEvent(Told)
        hear({ number }: Told): void {
          heard.push(`${name} ${number} by ${this.instance}`);
        }
      }
      return Listener;
    };
    await using test = await hostApp([Source, listener('lower', {}), listener('upper', on('lower'))], {
      clock,
      startup: 'background',
    });
    await clock.advance(2_000);
    const restarted = test.host.restart('lower');
    await clock.advance(500);
    const told = [tell(1), tell(2)];
    await clock.advance(2_000);
    await restarted;

    expect(heard.filter((entry) => entry.startsWith('lower'))).toEqual(['lower 1 by 3', 'lower 2 by 3']);
    expect(heard.filter((entry) => entry.startsWith('upper'))).toEqual(['upper 1 by 4', 'upper 2 by 4']);
    expect((await Promise.all(told)).flat().every(({ status }) => status === 'handled')).toBe(true);
  });

  it('drops the events for a plugin that does not come back, so that no publisher waits for them', async () => {
    let mayFail = (): void => undefined;
    let next: Promise<void> = Promise.resolve();
    @Plugin({ name: 'listener', version: '1.0.0' })
    class Listener {
      onModuleInit(): Promise<void> {
        return next;
      }

      @OnEvent(Told)
      hear(): void {}
    }
    await using test = await hostApp([Source, Listener]);
    next = new Promise((_resolve, reject) => (mayFail = () => reject(new Error('does not come back'))));
    const restarted = test.host.restart('listener');
    await waitFor(() => test.states()['listener'] === 'starting');
    const told = tell(1);
    mayFail();
    await restarted;

    expect(test.states()).toMatchObject({ listener: 'failed' });
    expect((await told).map(({ status }) => status)).toEqual(['abandoned']);
  });

  it('drops the events for a restarting plugin when the server stops', async () => {
    const clock = new FakeClock();
    @Plugin({ name: 'listener', version: '1.0.0' })
    class Listener {
      onModuleInit(): Promise<void> {
        return clock.sleep(1_000);
      }

      @OnEvent(Told)
      hear(): void {}
    }
    await using test = await hostApp([Source, Listener], { clock, startup: 'background' });
    await clock.advance(1_000);
    const restarted = test.host.restart('listener');
    await clock.advance(500);
    const told = tell(1);
    await Promise.all([test.host.stopAll(), restarted]);

    expect((await told).map(({ status }) => status)).toEqual(['abandoned']);
  });
});
