/** The text that Prometheus reads: the metrics of the application and those of all plugins, each name once. */
import { Injectable, Logger } from '@nestjs/common';
import { type Gauge, Registry } from 'prom-client';
import { Clock, messageOf, withinDeadline } from '../../common/index.js';
import { runInContext } from '../context/active-context.js';
import { PluginRegistries } from './plugin-registries.js';

/** A metric of a plugin that takes longer to be read is left out, in milliseconds. */
const COLLECT_TIMEOUT_MS = 2_000;

type Labels = Readonly<Record<string, string | number>>;

/** What prom-client's metrics give; its types leave out `sharedLabels`, and how to get them. */
interface Collected {
  readonly name: string;
  readonly type: string;
  readonly values: readonly { readonly labels?: Labels; readonly sharedLabels?: Labels }[];
}

interface Readable {
  readonly name: string;
  get(): Promise<Collected>;
  getForPromString?(): Promise<Collected>;
}

/** One metric of one owner. */
interface Source {
  readonly metric: Readable;
  readonly registry: Registry;
  /** The default labels of that registry. */
  readonly labels: Labels;
  readonly plugin: string | undefined;
}

/** The lines of a metric, and those that say what it is. */
interface Block {
  readonly name: string;
  readonly type: string;
  readonly head: readonly string[];
  readonly samples: readonly string[];
  readonly plugin: string | undefined;
}

@Injectable()
export class MetricsPage {
  readonly #logger = new Logger('Metrics');
  readonly #told = new Set<string>();

  constructor(
    private readonly registry: Registry,
    private readonly plugins: PluginRegistries,
    private readonly clock: Clock,
  ) {}

  /**
   * In Prometheus' text format. Metrics of plugins have the label `plugin`; one of their own with that name becomes `exported_plugin`. What
   * cannot be read is left out, and so is a metric of a plugin whose name the server has, or another plugin with another type: one faulty
   * collector takes nothing else with it.
   */
  async text(): Promise<string> {
    const results = await Promise.all(this.#sources().map((source) => this.#read(source)));
    const byName = Map.groupBy(
      results.flatMap((block) => block ?? []),
      ({ name }) => name,
    );
    return [...byName.values()].map((blocks) => this.#merged(blocks)).join('\n');
  }

  #sources(): Source[] {
    const owners = [
      { registry: this.registry, plugin: undefined, labels: {} },
      ...[...this.plugins.all()]
        .sort((a, b) => (a.plugin < b.plugin ? -1 : 1))
        .map(({ registry, plugin }) => ({ registry, plugin, labels: registry.defaultLabels })),
    ];
    // The objects have more than their types say.
    return owners.flatMap(({ registry, plugin, labels }) =>
      (registry.getMetricsAsArray() as unknown as Readable[]).map((metric) => ({ metric, registry, labels, plugin })),
    );
  }

  async #read(source: Source): Promise<Block | undefined> {
    try {
      const [help = '', type = '', ...samples] = (await this.#linesOf(source)).split('\n');
      return { name: source.metric.name, type, head: [help, type], samples, plugin: source.plugin };
    } catch (error) {
      if (source.plugin !== undefined)
        this.#tellOnce(`Metric "${source.metric.name}" of plugin "${source.plugin}" is left out: ${messageOf(error)}`);
      return undefined;
    }
  }

  #linesOf({ metric, registry, labels, plugin }: Source): Promise<string> {
    if (plugin === undefined) return registry.getSingleMetricAsString(metric.name);
    const get = async (): Promise<Collected> => {
      const collected = await (metric.getForPromString?.() ?? metric.get());
      return { ...collected, values: collected.values.map((value) => ofPlugin(value, plugin, labels)) };
    };
    const writer = new Registry();
    // A registry asks a metric for its name and its values, and for nothing else.
    writer.registerMetric({ name: metric.name, get } as unknown as Gauge);
    const onLate = (): Error => new Error(`its collect() took longer than ${COLLECT_TIMEOUT_MS / 1_000} s`);
    const lines = runInContext({ plugin }, () => writer.getSingleMetricAsString(metric.name));
    return withinDeadline(lines, { clock: this.clock, timeoutMs: COLLECT_TIMEOUT_MS, onLate });
  }

  #merged(blocks: readonly Block[]): string {
    const [first] = blocks;
    const fitting = blocks.filter((block) => block === first || this.#fits(block, first));
    return `${[...(first?.head ?? []), ...fitting.flatMap(({ samples }) => samples)].join('\n')}\n`;
  }

  /** Sums of a metric of the server must not count what a plugin means by the same name. */
  #fits({ name, type, plugin }: Block, first: Block | undefined): boolean {
    if (first?.plugin !== undefined && type === first.type) return true;
    const reason =
      first?.plugin === undefined
        ? 'the server has a metric of that name'
        : `it is "${type}", and that of plugin "${first.plugin}" is "${first.type}"`;
    this.#tellOnce(`Metric "${name}" of plugin "${plugin}" is left out: ${reason}.`);
    return false;
  }

  #tellOnce(line: string): void {
    if (this.#told.has(line)) return;
    this.#told.add(line);
    this.#logger.warn(line);
  }
}

/** Labels of the metric go before those of its registry, and the name of the plugin before both. */
function ofPlugin<T extends { readonly labels?: Labels; readonly sharedLabels?: Labels }>(
  value: T,
  plugin: string,
  defaults: Labels,
): T {
  const { sharedLabels } = value;
  const given = { ...without(defaults, Object.keys(sharedLabels ?? {})), ...value.labels };
  const claimed = given['plugin'] ?? sharedLabels?.['plugin'];
  const labels = { ...given, ...(claimed === undefined ? {} : { exported_plugin: claimed }), plugin };
  if (sharedLabels === undefined) return { ...value, labels };
  return { ...value, labels, sharedLabels: without(sharedLabels, ['plugin']) };
}

function without(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}
