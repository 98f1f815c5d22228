/** All of panotti.yaml as one class, a section for each room. */
import { ConfigOptions, Nested } from '../../config/index.js';
import { EventsOptions } from '../../events/index.js';
import { HealthOptions } from '../../health/index.js';
import { PluginsOptions } from '../../host/index.js';
import { StorageOptions } from '../../storage/index.js';
import { StateOptions } from '../../state/index.js';
import { TelemetryOptions } from '../../telemetry/index.js';
import { LifecycleOptions } from '../lifecycle.options.js';
import { HttpOptions } from '../../http/index.js';

export class ServerOptions {
  @Nested(() => HttpOptions) http = new HttpOptions();
  @Nested(() => PluginsOptions) plugins = new PluginsOptions();
  @Nested(() => LifecycleOptions) lifecycle = new LifecycleOptions();
  @Nested(() => EventsOptions) events = new EventsOptions();
  @Nested(() => StorageOptions) storage = new StorageOptions();
  @Nested(() => StateOptions) state = new StateOptions();
  @Nested(() => HealthOptions) health = new HealthOptions();
  @Nested(() => ConfigOptions) config = new ConfigOptions();
  @Nested(() => TelemetryOptions) telemetry = new TelemetryOptions();
}
