import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { MetricsPage } from '../../../../src/telemetry/metrics/metrics-page.js';
import { PluginRegistries } from '../../../../src/telemetry/metrics/plugin-registries.js';
import { FakeClock, settle } from '../../../support/fake-clock.js';

let application: Registry;
let registries: PluginRegistries;
let clock: FakeClock;
let page: MetricsPage;
const warnings: string[] = [];

beforeEach(() => {
  application = new Registry();
  registries = new PluginRegistries(application);
  clock = new FakeClock();
  page = new MetricsPage(application, registries, clock);
  warnings.length = 0;
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void warnings.push(String(line)));
});

afterEach(() => {
  registries.onModuleDestroy();
  jest.restoreAllMocks();
});

const lines = async (): Promise<string[]> => (await page.text()).split('\n').filter((line) => line !== '');
const samples = async (): Promise<string[]> => (await lines()).filter((line) => !line.startsWith('#'));

describe('the page of metrics', () => {
  it('shows each name once, with its head, the application first and plugins by their names', async () => {
    new Counter({ name: 'visits_total', help: 'Of all.', registers: [application] }).inc(1);
    for (const [index, name] of ['two', 'one'].entries()) {
      new Counter({ name: 'sales_total', help: 'Of one.', registers: [registries.open(name).registry] }).inc(index + 2);
    }

    expect(await lines()).toEqual([
      '# HELP visits_total Of all.',
      '# TYPE visits_total counter',
      'visits_total 1',
      '# HELP sales_total Of one.',
      '# TYPE sales_total counter',
      'sales_total{plugin="one"} 3',
      'sales_total{plugin="two"} 2',
    ]);
  });

  it.each<[title: string, labels: Record<string, string>, defaults: Record<string, string>, shown: string]>([
    ['no labels', {}, {}, 'stock{plugin="shop"} 1'],
    ['labels of its own', { zone: 'a' }, {}, 'stock{zone="a",plugin="shop"} 1'],
    ['default labels of its registry', {}, { host: 'h' }, 'stock{host="h",plugin="shop"} 1'],
    ['a label that is a default as well', { zone: 'a' }, { zone: 'b' }, 'stock{zone="a",plugin="shop"} 1'],
    [
      'a label with the name of that of the host',
      { plugin: 'mine' },
      {},
      'stock{plugin="shop",exported_plugin="mine"} 1',
    ],
    ['such a default label', {}, { plugin: 'mine' }, 'stock{plugin="shop",exported_plugin="mine"} 1'],
  ])('gives each sample of a plugin the label of the plugin: %s', async (_title, labels, defaults, shown) => {
    const { registry } = registries.open('shop');
    registry.setDefaultLabels(defaults);
    new Gauge({ name: 'stock', help: 'Stock.', labelNames: Object.keys(labels), registers: [registry] }).set(labels, 1);

    expect(await samples()).toEqual([shown]);
  });

  it('leaves out a metric of a plugin whose name the server has, and says so once', async () => {
    new Counter({ name: 'things', help: 'Things.', registers: [application] }).inc(3);
    new Counter({ name: 'things', help: 'Others.', registers: [registries.open('shop').registry] }).inc(5);
    await page.text();

    expect(await lines()).toEqual(['# HELP things Things.', '# TYPE things counter', 'things 3']);
    expect(warnings).toEqual(['Metric "things" of plugin "shop" is left out: the server has a metric of that name.']);
  });

  it('leaves out a metric whose name has another type already, and says so once', async () => {
    new Counter({ name: 'things', help: 'Things.', registers: [registries.open('first').registry] }).inc();
    new Gauge({ name: 'things', help: 'Things.', registers: [registries.open('shop').registry] }).set(5);
    await page.text();

    expect(await samples()).toEqual(['things{plugin="first"} 1']);
    expect(warnings).toEqual([
      expect.stringMatching(/^Metric "things" of plugin "shop" is left out: .* that of plugin "first" is /),
    ]);
  });

  it('leaves out a metric that throws when it is read, and nothing else', async () => {
    const { registry } = registries.open('shop');
    const collect = (): never => {
      throw new Error('no answer');
    };
    registry.registerMetric(new Gauge({ name: 'broken', help: 'Broken.', registers: [], collect }));
    new Gauge({ name: 'whole', help: 'Whole.', registers: [registry] }).set(1);
    await page.text();

    expect(await samples()).toEqual(['whole{plugin="shop"} 1']);
    expect(warnings).toEqual(['Metric "broken" of plugin "shop" is left out: no answer']);
  });

  it('leaves out a metric that is not read in time', async () => {
    const { registry } = registries.open('shop');
    const { promise, resolve } = Promise.withResolvers<void>();
    registry.registerMetric(new Gauge({ name: 'late', help: 'Late.', registers: [], collect: () => promise }));
    new Gauge({ name: 'whole', help: 'Whole.', registers: [registry] }).set(1);
    const reading = samples();
    await settle();
    await clock.advance(2_000);

    expect(await reading).toEqual(['whole{plugin="shop"} 1']);
    expect(warnings).toEqual(['Metric "late" of plugin "shop" is left out: its collect() took longer than 2 s']);
    resolve();
  });
});
