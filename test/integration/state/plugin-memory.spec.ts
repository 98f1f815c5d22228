/** What plugins remember, in a host: injected, kept over restarts, migrated, and never a danger to the server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, type Type } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';
import {
  InjectStore,
  OnEvent,
  Plugin,
  PluginEvents,
  PluginState,
  PluginStore,
  StateContract,
  unitOfWork,
} from '../../../src/index.js';
import { hostApp, type HostApp } from '../../support/host-app.js';
import { waitFor } from '../../support/wait-for.js';

class Tally {
  @IsInt() visits: number = 0;
}
class Visit {
  @IsString() who: string = '';
}

const heard: string[] = [];
const instances: Visits[] = [];

@Injectable()
class Visits {
  constructor(
    readonly state: PluginState<Tally>,
    @InjectStore('visits') readonly list: PluginStore<Visit>,
    private readonly events: PluginEvents,
  ) {
    instances.push(this);
  }

  /** @param fail whether everything is to be undone at the end */
  async add(who: string, fail = false): Promise<void> {
    await unitOfWork(async () => {
      const tally = await this.state.update((draft) => (draft.visits += 1));
      await this.list.put(String(tally.visits), Object.assign(new Visit(), { who }));
      await this.events.publish('visit.made', { who });
      if (fail) throw new Error('undo');
    });
  }

  @OnEvent('visit.made')
  made({ who }: { who: string }): void {
    heard.push(`${who}, ${this.state.get().visits}`);
  }

  @OnEvent('visitors.state.changed')
  changed(change: object): void {
    heard.push(JSON.stringify(change));
  }
}

@Plugin({
  name: 'visitors',
  version: '1.0.0',
  state: Tally,
  stores: { visits: Visit },
  providers: [Visits],
  emits: ['visit.made'],
})
class Visitors {}

/** The newest. */
function visits(): Visits {
  const current = instances.at(-1);
  if (!current) throw new Error('The plugin does not run.');
  return current;
}

describe('the memory of a plugin', () => {
  let dataDirectory: string;
  beforeEach(async () => {
    heard.length = 0;
    instances.length = 0;
    dataDirectory = await mkdtemp(join(tmpdir(), 'panotti-test-'));
  });
  afterEach(() => rm(dataDirectory, { recursive: true, force: true }));
  const host = { storage: { driver: 'sqlite' }, telemetry: { logLevel: 'silent', watchdog: false } };
  const app = (...plugins: Type<object>[]): Promise<HostApp> => hostApp(plugins, { dataDirectory, host });

  it('is there again after a restart of the plugin and of the server', async () => {
    {
      await using test = await app(Visitors);
      await visits().add('Ada');
      await test.host.restart('visitors');
      await visits().add('Grace');
    }
    await using test = await app(Visitors);
    expect(test.states()).toEqual({ visitors: 'ready' });
    expect(visits().state.get()).toEqual({ visits: 2 });
    expect((await Array.fromAsync(visits().list.scan())).map(({ value }) => value.who)).toEqual(['Ada', 'Grace']);
  });

  it('changes together with what is published, or not at all', async () => {
    await using test = await app(Visitors);
    expect(test.states()).toEqual({ visitors: 'ready' });
    await expect(visits().add('Nobody', true)).rejects.toThrow('undo');
    await visits().add('Ada');
    await waitFor(() => heard.length === 3);
    expect(heard.toSorted()).toEqual(['Ada, 1', '{"store":"visits","key":"1","version":1}', '{"version":1}']);
    expect(await visits().list.count()).toBe(1);
  });

  it('is closed for an instance that has stopped, and its iterators end', async () => {
    await using test = await app(Visitors);
    const old = visits();
    const reading = Array.fromAsync(old.state.changes());
    await old.add('Ada');
    await test.host.restart('visitors');
    expect(await reading).toEqual([{ visits: 1 }]);
    await expect(old.add('Late')).rejects.toMatchObject({ code: 'STATE_CLOSED' });
    expect(visits().state.get()).toEqual({ visits: 1 });
  });

  it.each([
    [
      'whose migration fails',
      { version: 2, migrations: { 1: () => Promise.reject(new Error('broken')) } },
      'STATE_MIGRATION_FAILED',
    ],
    ['that is newer than the code', { version: 1 }, 'STATE_TOO_NEW'],
  ])('%s: fails the plugin, not the server, and stays as it was', async (_what, contract, code) => {
    @StateContract({ version: code === 'STATE_TOO_NEW' ? 3 : 1, migrations: {} })
    class Before extends Tally {}
    @StateContract(contract)
    class After extends Tally {}
    const built: string[] = [];
    const pluginWith = (state: Type<object>): Type<object> => {
      @Plugin({ name: 'counting', version: '1.0.0', state })
      class Counting {
        constructor(readonly memory: PluginState<Tally>) {
          built.push(state.name);
          counting = memory;
        }
      }
      return Counting;
    };
    let counting: PluginState<Tally> | undefined;
    {
      await using test = await app(pluginWith(Before));
      expect(test.states()).toEqual({ counting: 'ready' });
      await counting?.update((draft) => (draft.visits = 5));
    }
    {
      await using test = await app(pluginWith(After), Visitors);
      expect(test.states()).toEqual({ counting: 'failed', visitors: 'ready' });
      expect(test.host.plugin('counting').reason).toContain(
        code === 'STATE_TOO_NEW' ? 'its code knows versions up to 1' : 'broken',
      );
    }
    await using test = await app(pluginWith(Before));
    expect(test.states()).toEqual({ counting: 'ready' });
    expect(counting?.get()).toEqual({ visits: 5 });
    expect(built).toEqual(['Before', 'Before']);
  });
});
