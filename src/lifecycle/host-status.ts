/** Answers the health room's questions about plugins and the store. */
import { Injectable } from '@nestjs/common';
import { type PluginStatus, PluginStatusPort, type StoreState, StoreStatePort } from '../health/index.js';
import { StoreStatus } from '../storage/index.js';
import { type PluginDescription, PluginHost } from './plugin-host.js';

@Injectable()
export class HostPluginStatus extends PluginStatusPort {
  constructor(private readonly host: PluginHost) {
    super();
  }

  override hasStarted(): boolean {
    return this.host.isStarted;
  }

  override isDraining(): boolean {
    return this.host.isDraining;
  }

  override plugins(): readonly PluginStatus[] {
    return this.host.plugins().map((plugin) => {
      const { name, version, state, isUp, isRequired } = plugin;
      return {
        name,
        version,
        state,
        isUp,
        isDisabled: state === 'disabled' || plugin.waitsForProgram,
        isRequired,
        reason: publicReason(plugin),
      };
    });
  }
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
