import { Injectable } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';
import { EventContract, OnEvent, Plugin, PluginContext, PluginEvents } from '../../../src/index.js';
import { type Hooks, on, plugin } from '../../support/hooked-plugin.js';
import { hostApp } from '../../support/host-app.js';

describe('starting plugins', () => {
  it('starts each plugin after its dependencies and independent ones side by side', async () => {
    const told: string[] = [];
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const hooks = (name: string): Hooks => ({
      onModuleInit: async () => {
        told.push(`${name} begins`);
        // All of the lower layer wait for each other: started one after another, they would wait for ever.
        if (name === 'left') await gate;
        if (name === 'right') release();
        told.push(`${name} ends`);
      },
    });
    await using test = await hostApp([
      plugin('top', hooks('top'), on('left', 'right')),
      plugin('left', hooks('left'), on('base')),
      plugin('right', hooks('right'), on('base')),
      plugin('base', hooks('base')),
    ]);

    expect(test.states()).toEqual({ base: 'ready', left: 'ready', right: 'ready', top: 'ready' });
    expect(told).toEqual([
      'base begins',
      'base ends',
      'left begins',
      'right begins',
      'right ends',
      'left ends',
      'top begins',
      'top ends',
    ]);
  });

  it('injects validated frozen configuration, the plugin context, events, and what a dependency exports', async () => {
    @Injectable()
    class Ledger {
      readonly entries = ['opened'];
    }
    class BillingConfig {
      @IsString() currency = 'EUR';
      @IsInt() days = 30;
    }
    @Plugin({ name: 'ledger', version: '1.2.0', providers: [Ledger], exports: [Ledger] })
    class LedgerPlugin {}
    const seen: unknown[] = [];
    @Plugin({ name: 'billing', version: '2.0.0', dependencies: { ledger: '^1.1.0' }, config: BillingConfig })
    class BillingPlugin {
      constructor(config: BillingConfig, context: PluginContext, events: PluginEvents, ledger: Ledger) {
        seen.push(
          config,
          Object.isFrozen(config),
          context.name,
          context.version,
          events instanceof PluginEvents,
          ledger.entries,
        );
        seen.push(context.dataDirectory);
      }
    }
    await using test = await hostApp([BillingPlugin, LedgerPlugin], {
      pluginSections: { billing: { settings: { days: 14 } } },
    });

    expect(test.states()).toEqual({ billing: 'ready', ledger: 'ready' });
    expect(seen).toEqual([
      { currency: 'EUR', days: 14 },
      true,
      'billing',
      '2.0.0',
      true,
      ['opened'],
      `${test.dataDirectory}/plugins/billing`,
    ]);
  });

  it('keeps a plugin with wrong settings from starting, says why, and starts the others', async () => {
    class Config {
      @IsInt() days = 30;
    }
    await using test = await hostApp([plugin('billing', {}, { config: Config }), plugin('mail')], {
      pluginSections: { billing: { settings: { days: 'many' } } },
    });

    expect(test.states()).toEqual({ billing: 'invalid', mail: 'ready' });
    expect(test.host.report()).toContain('plugins.billing.settings.days');
  });

  it('leaves a disabled plugin alone and blocks what depends on it', async () => {
    await using test = await hostApp([plugin('base'), plugin('top', {}, on('base'))], {
      pluginSections: { base: { enabled: false } },
    });

    expect(test.states()).toEqual({ base: 'disabled', top: 'blocked' });
    expect(test.host.plugin('top').reason).toBe('It depends on "base", which is disabled.');
  });

  it('starts without an optional dependency that failed, but after it', async () => {
    const told: string[] = [];
    await using test = await hostApp([
      plugin('extra', {
        onModuleInit: async () => {
          told.push('extra');
          throw new Error('no');
        },
      }),
      plugin('main', { onModuleInit: () => void told.push('main') }, { optionalDependencies: { extra: '*' } }),
    ]);

    expect(test.states()).toEqual({ extra: 'failed', main: 'ready' });
    expect(told).toEqual(['extra', 'main']);
  });

  it('delivers events between plugins from the moment that each is attached', async () => {
    @EventContract('tally.counted')
    class Counted {
      @IsInt() readonly count: number;

      constructor(count: number) {
        this.count = count;
      }
    }
    const received: number[] = [];
    @Plugin({ name: 'reader', version: '1.0.0' })
    class Reader {
      @OnEvent(Counted)
      read(event: Counted): void {
        received.push(event.count);
      }
    }
    @Plugin({ name: 'tally', version: '1.0.0', dependencies: { reader: '*' }, emits: [Counted] })
    class Tally {
      constructor(private readonly events: PluginEvents) {}

      async onApplicationBootstrap(): Promise<void> {
        await this.events.publishAndWait(new Counted(3));
      }
    }
    await using test = await hostApp([Tally, Reader]);

    expect(test.states()).toEqual({ reader: 'ready', tally: 'ready' });
    expect(received).toEqual([3]);
  });
});
