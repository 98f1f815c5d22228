import { Injectable, Logger, type Type } from '@nestjs/common';
import { EventBus } from '../../src/events/index.js';
import { HealthCheck, HealthIndicators } from '../../src/health/index.js';
import { Plugin } from '../../src/index.js';
import { Orchestrator } from '../../src/lifecycle/orchestration/orchestrator.js';
import { PluginGraph } from '../../src/lifecycle/orchestration/plugin-graph.js';
import { PluginHealth } from '../../src/lifecycle/health/plugin-health.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { plugin } from '../support/hooked-plugin.js';
import { HealthProber } from '../support/health-prober.js';
import { hostApp, type HostApp } from '../support/host-app.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const SECRET = 'canary-of-a-password';

/** What each check does now, and how often any has run. */
const checks = { runs: 0, behave: (): unknown => undefined };

@Plugin({ name: 'sick', version: '1.0.0' })
class SickPlugin {
  @HealthCheck('subject')
  subject(): unknown {
    checks.runs++;
    return checks.behave();
  }

  @HealthCheck('bystander')
  bystander(): object {
    return { size: 3 };
  }
}

const fails = (): never => {
  throw new Error(SECRET);
};

interface Answer {
  readonly status: number;
  readonly body: {
    readonly status: string;
    readonly details: Record<string, { status: string; state: string; checks?: object }>;
  };
}

interface Run extends AsyncDisposable {
  readonly test: HostApp;
  readonly clock: FakeClock;
  get(path: string): Promise<Answer>;
}

async function running(
  plugins: readonly Type<object>[],
  sections: Record<string, object> = {},
  health: object = {},
): Promise<Run> {
  const clock = new FakeClock();
  const test = await hostApp(plugins, {
    clock,
    startup: 'background',
    pluginSections: sections,
    host: { health: { details: true, ...health } },
  });
  const wiring = new PluginHealth(
    test.app.get(HealthIndicators),
    test.app.get(PluginGraph),
    test.app.get(Orchestrator),
    test.app.get(EventBus),
  );
  await clock.advance(0);
  return {
    test,
    clock,
    get: async (path) => {
      const answer = await test.app.inject(path);
      return { status: answer.statusCode, body: answer.json() };
    },
    [Symbol.asyncDispose]: async () => {
      wiring.onModuleDestroy();
      await test[Symbol.asyncDispose]();
    },
  };
}

beforeEach(() => {
  checks.runs = 0;
  checks.behave = () => undefined;
});
afterEach(() => Logger.overrideLogger(false));

describe('F-25 health under fault', () => {
  it.each<[string, () => unknown, string]>([
    ['throws', fails, 'check failed'],
    ['rejects', () => Promise.reject(new Error(SECRET)), 'check failed'],
    ['throws what is no error', () => Promise.reject(SECRET), 'check failed'],
    ['hangs', () => new Promise(() => undefined), 'check did not end within 2000 ms'],
  ])(
    'F-25 a check that %s changes its own line only, and its text is shown to nobody',
    async (_title, behave, reason) => {
      await using run = await running([SickPlugin, plugin('healthy')]);
      checks.behave = behave;
      const pending = run.get('/health');
      await settle();
      await run.clock.advance(2_000);
      const answer = await pending;

      const line = { state: 'ready', version: '1.0.0', required: false };
      expect(answer).toMatchObject({
        status: 200,
        body: {
          status: 'degraded',
          details: {
            healthy: { ...line, status: 'up' },
            sick: {
              status: 'degraded',
              checks: { subject: { status: 'down', reason }, bystander: { status: 'up', details: { size: 3 } } },
            },
          },
        },
      });
      expect(
        JSON.stringify([answer, await run.get('/health/plugins/sick'), await run.get('/health/ready')]),
      ).not.toContain(SECRET);
    },
  );

  it('F-25 of two checks with one name there is one line, which is down; the plugin serves', async () => {
    @Injectable()
    class Second {
      @HealthCheck('subject')
      again(): void {}
    }
    @Plugin({ name: 'twice', version: '1.0.0', providers: [Second] })
    class TwicePlugin extends SickPlugin {}
    await using run = await running([TwicePlugin]);

    expect((await run.get('/health')).body.details['twice']).toMatchObject({
      status: 'degraded',
      checks: { subject: { status: 'down' }, bystander: { status: 'up' } },
    });
    expect(run.test.states()).toEqual({ twice: 'degraded' });
    expect(checks.runs).toBe(0);
  });

  it('F-25 ready, live and startup run no check and wait for none, also while one hangs', async () => {
    await using run = await running([SickPlugin], { sick: { required: true } });
    checks.behave = () => new Promise(() => undefined);
    const paths = ['/health/ready', '/health/live', '/health/startup'];
    const before = await Promise.all(paths.map((path) => run.get(path)));
    expect([before.map(({ status }) => status), checks.runs]).toEqual([[200, 200, 200], 0]);

    const pending = run.get('/health');
    await settle();
    expect(checks.runs).toBe(1);
    // The clock stands: what answers now waits for no time-out.
    const during = await Promise.all(paths.map((path) => run.get(path)));
    expect([during.map(({ status }) => status), checks.runs]).toEqual([[200, 200, 200], 1]);

    await run.clock.advance(2_000);
    expect((await pending).status).toBe(200);
  });

  it('F-25 twenty checks that hang take the time of one', async () => {
    const hanging = Array.from({ length: 20 }, (_, index) => {
      class Hanging {
        check(): Promise<never> {
          return new Promise(() => undefined);
        }
      }
      const descriptor = Object.getOwnPropertyDescriptor(Hanging.prototype, 'check') ?? {};
      HealthCheck('check', { timeoutMs: 300 })(Hanging.prototype, 'check', descriptor);
      Plugin({ name: `hanging-${index}`, version: '1.0.0' })(Hanging);
      return Hanging;
    });
    await using run = await running(hanging);
    const pending = run.get('/health');
    await settle();
    await run.clock.advance(300);

    expect(Object.values((await pending).body.details).filter(({ status }) => status === 'degraded')).toHaveLength(20);
    expect(run.clock.monotonicMs()).toBe(300);
  });

  it('F-25 a plugin whose check fails becomes degraded without being asked, goes on serving, and is ready again when the check passes', async () => {
    await using run = await running([SickPlugin, plugin('healthy')], { sick: { required: true } });
    checks.behave = fails;
    await run.clock.advance(10_000);
    expect(run.test.states()).toEqual({ sick: 'degraded', healthy: 'ready' });
    // It serves, so it does not take the server out of the load balancer, required or not.
    expect([(await run.get('/health/ready')).status, (await run.get('/health')).status]).toEqual([200, 200]);
    expect((await run.get('/health/ready')).body.details['sick']).toMatchObject({
      status: 'degraded',
      state: 'degraded',
    });

    checks.behave = () => undefined;
    await run.clock.advance(10_000);
    expect(run.test.states()).toEqual({ sick: 'ready', healthy: 'ready' });
    expect((await run.get('/health')).body).toMatchObject({
      status: 'ok',
      details: { sick: { status: 'up', state: 'ready' } },
    });
    expect(run.test.host.plugin('sick').history.map(({ to }) => to)).toEqual([
      'starting',
      'ready',
      'degraded',
      'ready',
    ]);
  });

  it('F-25 an answer shows the state that its own checks have led to', async () => {
    await using run = await running([SickPlugin]);
    checks.behave = fails;

    expect((await run.get('/health')).body.details['sick']).toMatchObject({ status: 'degraded', state: 'degraded' });
  });

  it('F-25 runs in the background stop with the plugin and leave no timer', async () => {
    await using run = await running([SickPlugin]);
    await run.clock.advance(10_000);
    expect(checks.runs).toBe(1);

    await run.test.host.stopAll();
    expect(run.clock.pendingTimers).toBe(0);
    await run.clock.advance(60_000);
    expect([checks.runs, run.test.states()]).toEqual([1, { sick: 'stopped' }]);
  });

  it('F-25 only a required plugin that is down takes the server down, and what it threw is told to nobody', async () => {
    const broken = plugin('broken', { onModuleInit: fails });
    const answers = [];
    for (const required of [false, true]) {
      await using run = await running([broken, plugin('healthy')], { broken: { required } });
      const [ready, all] = [await run.get('/health/ready'), await run.get('/health')];
      answers.push([ready.status, ready.body.status, all.status, all.body.status]);
      expect(JSON.stringify([ready, all, await run.get('/health/plugins/broken')])).not.toContain(SECRET);
    }

    expect(answers).toEqual([
      [200, 'ok', 200, 'degraded'],
      [503, 'error', 503, 'error'],
    ]);
  });
});

describe('F-25 the health of a server whose plugins are in every kind of trouble', () => {
  it('F-25 is answered all the time: live with 200, ready without waiting, and nothing of what was thrown to anybody', async () => {
    await using server = await ServerProcess.spawn({
      panotti: 'plugins:\n  directories: [../plugins]\nlifecycle:\n  startTimeout: 2\nhealth:\n  checkInterval: 0.1\n',
      pluginFolders: ['ward', 'rejects-in-a-timer'],
    });
    await waitFor(() => server.url);
    await using prober = await HealthProber.of(server);
    await waitFor(() => server.log().some(({ msg }) => msg.endsWith('plugins are ready.')));
    const report = server.log().find(({ msg }) => msg.includes('plugins are not up'))?.msg;
    expect(report?.split('\n').filter((line) => line.startsWith('  "failing-'))).toHaveLength(50);

    for (let round = 0; round < 3; round++) void fetch(`${server.url}/api/hanging`, { method: 'POST' });
    await fetch(`${server.url}/api/rejects-in-a-timer/all`);
    const text = await waitFor(async () => {
      const answer = await (await fetch(`${server.url}/health`)).text();
      const { details } = JSON.parse(answer) as { details: Record<string, { state: string }> };
      const states = ['hanging', 'sick', 'rejects-in-a-timer'].map((name) => details[name]?.state).join();
      return states === 'suspended,degraded,suspended' && answer;
    });
    expect(text).not.toContain('canary');
    await prober.verify();
    server.signal('SIGTERM');
    expect(await server.exitCode()).toBe(0);
  });
});
