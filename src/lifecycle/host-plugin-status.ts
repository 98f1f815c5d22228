/** Answers the health room's questions about plugins. */
import { Injectable } from '@nestjs/common';
import { type PluginStatus, PluginStatusPort } from '../health/index.js';
import { PluginHost } from './plugin-host.js';

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
    return this.host.plugins().map(({ name, version, state, isUp, isRequired, reason }) => {
      return { name, version, state, isUp, isDisabled: state === 'disabled', isRequired, reason };
    });
  }
}
