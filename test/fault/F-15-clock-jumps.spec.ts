import { Cron } from '@nestjs/schedule';
import {
  type EventContext,
  EventContract,
  OnEvent,
  Plugin,
  PluginEvents,
  PluginNotReadyError,
  ScheduleExplorer,
} from '../../src/index.js';
import type { CronLoader } from '../../src/explorers/cron-timetable.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeTime, HAS_FAKE_TIME } from '../support/fake-time.js';
import { HealthProber } from '../support/health-prober.js';
import { plugin } from '../support/hooked-plugin.js';
import { hostApp } from '../support/host-app.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';
import { itWhere } from '../support/it-where.js';

const HOUR_MS = 3_600_000;
const STEP_MS = 100;

/** What happens to the wall clock before step number `step` of 100 ms. */
type Jump = (clock: FakeClock, step: number) => void;

const onceBy =
  (ms: number): Jump =>
  (clock, step) => {
    if (step === 5) clock.setWall(clock.now() + ms);
  };
const onceTo =
  (time: number): Jump =>
  (clock, step) => {
    if (step === 5) clock.setWall(time);
  };

const JUMPS: [string, Jump][] = [
  ['not at all', () => undefined],
  ['an hour forward', onceBy(HOUR_MS)],
  ['an hour back', onceBy(-HOUR_MS)],
  ['a day forward', onceBy(24 * HOUR_MS)],
  ['a day back', onceBy(-24 * HOUR_MS)],
  ['to 1970', onceTo(0)],
  ['to 2100', onceTo(Date.UTC(2100, 0, 1))],
  [
    'to 2100 and, half a minute later, to where it was',
    (clock, step) => step % 300 === 5 && clock.setWall(step < 300 ? Date.UTC(2100, 0, 1) : Date.UTC(2026, 0, 1)),
  ],
  [
    'ten times a second, by an hour and something there and back',
    (clock, step) => clock.setWall(clock.now() + (step % 2 === 0 ? 1 : -1) * (HOUR_MS + step)),
  ],
  [
    'ten times a second, to anywhere',
    (clock, step) => clock.setWall((step * 7_919_000_000_000) % Date.UTC(2100, 0, 1)),
  ],
];

@EventContract('asker.asked')
class Asked {}

@EventContract('asker.counted')
class Counted {}

interface Notes {
  events: PluginEvents;
  attempts: number[];
  aborted: number[];
  crons: number[];
  ids: string[];
}

/** The parser of `cron` looks at the machine's clock, beyond which it searches some years. */
const everySecond: CronLoader = () => ({
  CronTime: class {
    getNextDateFrom(start: Date): { toMillis(): number } {
      return { toMillis: () => (Math.floor(start.getTime() / 1_000) + 1) * 1_000 };
    }
  },
});

/** 150 s in the life of a host whose plugins have to do with time. Everything noted is in monotonic time. */
async function live(
  jump: Jump,
  plugins: (clock: FakeClock, notes: Notes) => Parameters<typeof hostApp>[0],
): Promise<Notes & { states: object; startedFor: number | undefined }> {
  const clock = new FakeClock();
  const notes: Notes = { events: undefined as unknown as PluginEvents, attempts: [], aborted: [], crons: [], ids: [] };
  await using test = await hostApp(plugins(clock, notes), {
    clock,
    startup: 'background',
    explorers: [new ScheduleExplorer(clock, everySecond)],
    host: { lifecycle: { startTimeout: 10 } },
  });
  await waitFor(() => ['asker', 'hangs'].every((name) => test.states()[name] === 'ready'));
  void notes.events.publish(new Asked());
  for (let step = 1; step <= 1_500; step++) {
    jump(clock, step);
    void notes.events.publish(new Counted());
    await clock.advance(STEP_MS);
  }
  const failed = test.host.plugin('stuck').history.find(({ to }) => to === 'failed');
  return { ...notes, states: test.states(), startedFor: failed?.afterMs };
}

function timedPlugins(clock: FakeClock, notes: Notes): Parameters<typeof hostApp>[0] {
  @Plugin({ name: 'asker', version: '1.0.0', emits: [Asked, Counted] })
  class Asker {
    constructor(own: PluginEvents) {
      notes.events = own;
    }
  }
  @Plugin({ name: 'hangs', version: '1.0.0' })
  class Hangs {
    @OnEvent(Asked)
    answer(_event: Asked, { signal }: EventContext): Promise<void> {
      signal.addEventListener('abort', () => notes.aborted.push(clock.monotonicMs()));
      return new Promise(() => undefined);
    }

    @OnEvent(Counted)
    count(_event: Counted, { id }: EventContext): void {
      notes.ids.push(id);
    }

    @Cron('* * * * * *')
    everySecond(): void {
      notes.crons.push(clock.monotonicMs());
    }
  }
  const late = plugin('late', {
    onModuleInit: () => {
      notes.attempts.push(clock.monotonicMs());
      throw new PluginNotReadyError('not yet');
    },
  });
  return [Asker, Hangs, late, plugin('stuck', { onModuleInit: () => new Promise(() => undefined) })];
}

describe('F-15 a wall clock that jumps', () => {
  it.each(JUMPS)(
    'F-15 moves no deadline and no retry, makes no storm, and lets the ids of events grow: %s',
    async (_how, jump) => {
      const { attempts, aborted, crons, ids, startedFor, states } = await live(jump, timedPlugins);
      const waits = attempts.slice(1).map((time, index) => time - (attempts[index] ?? 0));
      const off = waits.filter((wait, index) => Math.abs(wait - 1_000 * 2 ** index) > 100 * 2 ** index + 1);

      // Deadlines of handlers are looked at every 20 ms.
      expect([aborted.length, (aborted[0] ?? 0) >= 30_000, (aborted[0] ?? 0) <= 30_050]).toEqual([1, true, true]);
      expect([waits.length >= 6, off]).toEqual([true, []]);
      expect(startedFor).toBe(10_000);
      expect(states).toEqual({ asker: 'ready', hangs: 'ready', late: 'retrying', stuck: 'failed' });
      expect(ids).toHaveLength(1_500);
      expect(ids).toEqual([...new Set(ids)].toSorted());
      // The job is by wall time, so a second that the clock shows again is one more run; a day that was passed over is one at most.
      const perSecond = Map.groupBy(crons, (time) => Math.floor(time / 1_000));
      expect(Math.max(...[...perSecond.values()].map(({ length }) => length))).toBeLessThanOrEqual(3);
      expect(crons.length).toBeGreaterThan(100);
      expect(crons.length).toBeLessThan(300);
    },
    600_000,
  );
});

interface Report {
  readonly nowMs: number;
  readonly attempts: number[];
  readonly hung: { readonly begunMs: number; readonly endedMs?: number }[];
  readonly crons: number[];
  readonly ids: string[];
}

/** Each is the time for a tenth of a second. */
const SWINGS = [
  '+1h',
  '-1h',
  '+1d',
  '-1d',
  '@1970-01-01 00:00:00',
  '@2100-01-01 00:00:00',
  '@2026-03-29 01:59:59',
  '+0',
];

describe('the server under a wall clock that jumps', () => {
  itWhere(HAS_FAKE_TIME)(
    'F-15 retries, gives up and counts by monotonic time, where faketime is installed',
    async () => {
      await using time = await FakeTime.create();
      await using server = await ServerProcess.spawn({
        panotti: 'plugins:\n  directories: [../plugins]\n',
        pluginFolders: ['keeps-time'],
        // A zone with daylight saving: one of the jumps is to a second before it begins.
        env: { ...time.env, TZ: 'Europe/Berlin' },
      });
      await waitFor(() => server.log().some(({ msg }) => msg.startsWith('Listening on ')));
      await using prober = await HealthProber.of(server);
      const years = new Set<number>();
      let report: Report | undefined;
      for (let swing = 0; report?.hung[0]?.endedMs === undefined || swing < SWINGS.length * 3; swing++) {
        await time.set(SWINGS[swing % SWINGS.length] ?? '');
        const begunAt = performance.now();
        await waitFor(() => performance.now() - begunAt >= STEP_MS);
        const answer = await fetch(`${server.url}/api/keeps-time`);
        if (answer.status === 200) report = (await answer.json()) as Report;
        if (report) years.add(new Date(report.nowMs).getUTCFullYear());
      }
      const { attempts, hung, crons, ids } = report as Report;
      const waits = attempts.slice(1).map((attempt, index) => attempt - (attempts[index] ?? 0));
      const deadline = (hung[0]?.endedMs ?? Number.NaN) - (hung[0]?.begunMs ?? Number.NaN);

      // By UTC: where the server is, midnight comes an hour earlier.
      expect([...years].toSorted()).toEqual([1969, 2026, 2099]);
      expect([
        waits.length,
        waits.every((wait, index) => wait >= 899 * 2 ** index && wait <= 2_000 * 2 ** index),
      ]).toEqual([2, true]);
      expect([deadline >= 1_999, deadline <= 4_000]).toEqual([true, true]);
      expect(ids.length).toBeGreaterThan(100);
      expect(ids).toEqual([...new Set(ids)].toSorted());
      // By wall time: for the years in between there is no run, and after they were taken back the job goes on.
      expect(crons.length).toBeLessThan(200);
      await time.set('+0');
      await waitFor(async () => {
        const now = (await (await fetch(`${server.url}/api/keeps-time`)).json()) as Report;
        return now.crons.length > crons.length;
      });
      await prober.verify();
      server.signal('SIGTERM');
      expect(await server.exitCode()).toBe(0);
    },
  );
});
