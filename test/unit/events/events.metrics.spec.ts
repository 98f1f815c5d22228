import { OnEvent } from '../../../src/events/index.js';
import { EventBench, Gate } from './event-bench.js';

describe('the metrics of events', () => {
  it('show what was published and how each delivery ended, restarts included', async () => {
    const bench = new EventBench();
    class Handlers {
      readonly gate = new Gate();
      calls = 0;

      @OnEvent('order.created')
      plain(): void {}

      @OnEvent('order.*', { retry: { attempts: 2, backoffMs: 0 } })
      fails(): void {
        throw new Error('always');
      }

      @OnEvent('order.created', { timeoutMs: 100 })
      async hangs(): Promise<void> {
        await this.gate.passed;
      }
    }
    const events = bench.bus.publisherFor({ name: 'shop', emits: ['order.created'] });
    for (let start = 0; start < 2; start++) {
      const attachment = bench.attach('mail', new Handlers());
      void events.publish('order.created', {});
      await bench.clock.advance(50);
      expect(await valuesOf(bench, 'panotti_event_deliveries_open')).toEqual(['{plugin="mail"} 1']);
      await bench.clock.advance(100);
      attachment.close();
    }

    expect(await valuesOf(bench, 'panotti_events_published_total')).toEqual([
      '{plugin="application",event="*"} 0',
      '{plugin="shop",event="order.created"} 2',
      '{plugin="panotti",event="panotti.event.failed"} 4',
    ]);
    const deliveries = await valuesOf(bench, 'panotti_event_deliveries_total');
    expect(deliveries.filter((line) => !line.endsWith(' 0'))).toEqual([
      '{plugin="mail",handler="Handlers.plain",event="order.created",outcome="handled"} 2',
      '{plugin="mail",handler="Handlers.fails",event="order.*",outcome="failed"} 2',
      '{plugin="mail",handler="Handlers.hangs",event="order.created",outcome="timed-out"} 2',
    ]);
    expect(await valuesOf(bench, 'panotti_event_retries_total')).toContain(
      '{plugin="mail",handler="Handlers.fails",event="order.*"} 2',
    );
  });

  it('show durations as a histogram of one event in sixteen, beginning with the first', async () => {
    const bench = new EventBench();
    await bench.clock.advance(1_000);
    class Handlers {
      gate = new Gate();

      @OnEvent('order.created')
      async handle(): Promise<void> {
        await this.gate.passed;
      }
    }
    const handlers = new Handlers();
    bench.attach('mail', handlers);
    const events = bench.bus.publisherFor({ name: 'shop', emits: ['order.created'] });

    const first = events.publishAndWait('order.created', {});
    await bench.clock.advance(40);
    handlers.gate.open();
    const outcomes = [await first];
    for (let count = 0; count < 16; count++) outcomes.push(await events.publishAndWait('order.created', {}));

    expect(outcomes.map(([outcome]) => outcome?.durationMs)).toEqual([40, ...Array<undefined>(15).fill(undefined), 0]);
    const lines = await valuesOf(bench, 'panotti_event_handler_duration_seconds');
    const labels = 'plugin="mail",handler="Handlers.handle",event="order.created"';
    expect(lines).toContain(`_bucket{${labels},le="0.01"} 1`);
    expect(lines).toContain(`_bucket{${labels},le="0.05"} 2`);
    expect(lines).toContain(`_bucket{${labels},le="+Inf"} 2`);
    expect(lines).toContain(`_sum{${labels}} 0.04`);
    expect(lines).toContain(`_count{${labels}} 2`);
  });
});

async function valuesOf(bench: EventBench, metric: string): Promise<string[]> {
  const text = await bench.registry.getSingleMetricAsString(metric);
  return text
    .split('\n')
    .filter((line) => line.startsWith(metric))
    .map((line) => line.slice(metric.length));
}
