/** Answers the health room's questions about plugins and the store. */
import { Injectable } from '@nestjs/common';
import { type PluginStatus, PluginStatusPort, type StoreState, StoreStatePort } from '../health/index.js';
import type { PluginEntry } from '../host/index.js';
import { StoreStatus } from '../storage/index.js';
import { PluginGraph } from './orchestration/plugin-graph.js';
import type { PluginRuntime } from './orchestration/plugin-runtime.js';
import { type PluginDescription, PluginHost } from './plugin-host.js';

/** What a status was made of. */
interface Source {
  readonly runtime: PluginRuntime;
  readonly state: string;
  readonly reason: string | undefined;
  readonly entry: PluginEntry;
}

@Injectable()
export class HostPluginStatus extends PluginStatusPort {
  #sources: readonly Source[] = [];
  #statuses: readonly PluginStatus[] = [];

  constructor(
    private readonly host: PluginHost,
    private readonly graph: PluginGraph,
  ) {
    super();
  }

  override hasStarted(): boolean {
    return this.host.isStarted;
  }

  override isDraining(): boolean {
    return this.host.isDraining;
  }

  override plugins(): readonly PluginStatus[] {
    const runtimes = this.graph.all();
    const isSame =
      runtimes.length === this.#sources.length &&
      runtimes.every((runtime, index) => isSource(this.#sources[index], runtime));
    if (isSame) return this.#statuses;
    this.#sources = runtimes.map((runtime) => {
      const { machine, entry } = runtime;
      return { runtime, state: machine.state, reason: machine.reason, entry };
    });
    this.#statuses = this.host.plugins().map(statusOf);
    return this.#statuses;
  }
}

function isSource(source: Source | undefined, runtime: PluginRuntime): boolean {
  const { machine, entry } = runtime;
  return (
    source?.runtime === runtime &&
    source.state === machine.state &&
    source.reason === machine.reason &&
    source.entry === entry
  );
}

function statusOf(plugin: PluginDescription): PluginStatus {
  const { name, version, state, isUp, isRequired } = plugin;
  const isDisabled = state === 'disabled' || plugin.waitsForProgram;
  return { name, version, state, isUp, isDisabled, isRequired, reason: publicReason(plugin) };
}

@Injectable()
export class HostStoreState extends StoreStatePort {
  constructor(private readonly status: StoreStatus) {
    super();
  }

  override store(): StoreState {
    const { state, damages, resealLeft } = this.status;
    return { state, damaged: damages, resealLeft };
  }
}

/** Health answers are public: what a plugin threw, and what its configuration says, is only in the log. */
function publicReason({ state, reason }: PluginDescription): string | undefined {
  switch (state) {
    case 'blocked':
    case 'degraded':
      return reason;
    case 'failed':
    case 'retrying':
      return 'It did not start; the log says why.';
    case 'suspended':
      return 'It failed too often; the log says why.';
    case 'invalid':
      return 'Its dependencies or its configuration are wrong, or it could not be loaded; the log says what.';
    default:
      return undefined;
  }
}
