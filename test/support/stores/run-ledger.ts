/**
 * One run of the built application of ledger.ts in a process of its own, which may be killed: `run-ledger.ts <scenario> <number of the run> <data
 * directory>`. With `remember` instead of a number it prints what the plugin remembers, and handles nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type * as Panotti from '../../../src/index.ts';
import type * as Events from '../../../src/events/index.ts';
import { startLedger, type Memory } from './ledger.ts';
import { SCENARIOS, type Run, type Scenario } from './scenarios.ts';

const AUDIT_ATTEMPTS = 2;

const [name = '', which = '', dataDirectory = ''] = process.argv.slice(2);
const panotti = (await import(new URL('../../../dist/index.js', import.meta.url).href)) as typeof Panotti;
const events = (await import(new URL('../../../dist/events/index.js', import.meta.url).href)) as typeof Events;
const scenario = SCENARIOS[name];
if (!scenario) throw new RangeError(`There is no scenario ${name}.`);
if (which === 'remember') await remember(scenario);
else await play(scenario, scenario.runs[Number(which)]);

async function play({ key }: Scenario, run: Run | undefined): Promise<void> {
  if (!run) throw new RangeError(`The scenario ${name} has no run ${which}.`);
  const numbers = new Set(run.orders?.map(({ number }) => number));
  const settled = new Set<string>();
  const handle = async (subscription: string, number: number, attempt: number): Promise<void> => {
    const settle = (): unknown => numbers.has(number) && settled.add(`${subscription} ${number}`);
    try {
      await run.handle?.(subscription, number, attempt);
      settle();
    } catch (error) {
      if (subscription === 'books.audit' && attempt === AUDIT_ATTEMPTS) settle();
      throw error;
    }
  };
  const ledger = await startLedger({ ...run, panotti, dataDirectory, key, handle });
  await ledger.published;
  while (settled.size < run.settles) await sleep(5);
  const { durable } = ledger.app.get(events.EventBus);
  const parked = async (): Promise<number> =>
    (await durable.figures()).reduce((sum, figures) => sum + figures.parked, 0);
  while ((await parked()) < (run.waitsParked ?? 0)) await sleep(5);
  if (run.isKilled === true) process.kill(process.pid, 'SIGKILL');
  await ledger.app.close();
}

async function remember({ key }: Scenario): Promise<void> {
  let memory: Memory | undefined;
  const handle = (): Promise<void> => new Promise(() => undefined);
  await startLedger({ panotti, dataDirectory, key, handle, remembered: (found) => (memory = found) });
  process.stdout.write(JSON.stringify(memory), () => process.exit());
}
