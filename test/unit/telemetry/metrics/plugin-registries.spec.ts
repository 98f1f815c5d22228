import { Counter, register as defaultRegistry, Registry } from 'prom-client';
import { keepMetricsOfImport, PluginRegistries } from '../../../../src/telemetry/metrics/plugin-registries.js';
import { activeContextStorage, runInContext } from '../../../../src/telemetry/context/active-context.js';

let application: Registry;
let registries: PluginRegistries;

beforeEach(() => {
  application = new Registry();
  registries = new PluginRegistries(application);
});

afterEach(() => registries.onModuleDestroy());

const namesIn = (registry: Registry): string[] => registry.getMetricsAsArray().map(({ name }) => name);
const counter = (name: string, registers?: Registry[]): Counter =>
  new Counter({ name, help: 'Help.', ...(registers && { registers }) });

describe('the registries of plugins', () => {
  it('are one for each plugin, and a new one for each of its instances', () => {
    const [first, other] = [registries.open('shop'), registries.open('other')];
    const second = registries.open('shop');

    expect(new Set([first.registry, second.registry, other.registry]).size).toBe(3);
    expect([...registries.all()].map(({ plugin }) => plugin)).toEqual(['other', 'shop']);
    expect(registries.of('shop')).toBe(second.registry);
  });

  it.each<[title: string, registry: () => Registry]>([
    ['the default one of prom-client', () => defaultRegistry],
    ['that of the application', () => application],
  ])('are meant where the code of a plugin uses %s', (_title, registry) => {
    const { registry: own } = registries.open('shop');
    runInContext({ plugin: 'shop' }, () => counter('sales_total', [registry()]));

    expect(namesIn(own)).toEqual(['sales_total']);
    expect(namesIn(registry())).toEqual([]);
    expect(runInContext({ plugin: 'shop' }, () => namesIn(registry()))).toEqual(['sales_total']);
  });

  it('take in nothing of a plugin whose instance has ended, and let the next one create its metrics again', () => {
    const first = registries.open('shop');
    runInContext({ plugin: 'shop' }, () => counter('sales_total'));
    first.close();
    first.close();
    runInContext({ plugin: 'shop' }, () => counter('late_total'));
    const second = registries.open('shop');
    runInContext({ plugin: 'shop' }, () => counter('sales_total'));

    expect(namesIn(second.registry)).toEqual(['sales_total']);
    expect(namesIn(defaultRegistry)).toEqual([]);
  });

  it('keep open what came after an instance that is closed late', () => {
    const first = registries.open('shop');
    const second = registries.open('shop');
    first.close();

    expect(registries.of('shop')).toBe(second.registry);
  });

  it('have what the file of a plugin has made at its import, set back to zero for each instance', async () => {
    const context = {
      plugin: 'imported',
      eventId: undefined,
      eventName: undefined,
      correlationId: undefined,
      traceparent: undefined,
    };
    keepMetricsOfImport(context);
    const made = activeContextStorage.run(context, () => counter('imports_total'));
    const first = registries.open('imported');
    made.inc(3);
    expect(await first.registry.getSingleMetricAsString('imports_total')).toContain('imports_total 3');
    first.close();
    const second = registries.open('imported');

    expect(await second.registry.getSingleMetricAsString('imports_total')).toContain('imports_total 0');
  });

  it('remember their default labels until they are cleared', () => {
    const { registry } = registries.open('shop');
    registry.setDefaultLabels({ zone: 'a' });
    expect(registry.defaultLabels).toEqual({ zone: 'a' });
    registry.clear();

    expect(registry.defaultLabels).toEqual({});
  });
});
