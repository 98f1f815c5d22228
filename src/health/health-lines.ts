/** The lines of a health answer: what the state of the host and of a plugin means in terms of terminus. */
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { HOST_NAME } from '../plugin/index.js';
import type { CheckResult } from './health-indicator.js';
import type { PluginStatus, PluginStatusPort } from './plugin-status.port.js';

type Line = HealthIndicatorResult[string];

/** The host's own line, under its own name: no plugin can have it. */
export function hostLine(host: PluginStatusPort): HealthIndicatorResult {
  const state = hostState(host);
  return { [HOST_NAME]: { status: state === 'serving' ? 'up' : 'down', state } };
}

/** Down when the plugin is not up; degraded when it is, but a check of its own is not well, or was not when it was last run. */
export function pluginLine(plugin: PluginStatus, checks: Readonly<Record<string, CheckResult>> = {}): Line {
  const { state, version, isRequired, reason } = plugin;
  const isDegraded = state === 'degraded' || Object.values(checks).some(({ status }) => status === 'down');
  return {
    status: plugin.isUp ? (isDegraded ? 'degraded' : 'up') : 'down',
    state,
    version,
    required: isRequired,
    ...(reason !== undefined && !plugin.isUp && { reason }),
    ...(Object.keys(checks).length > 0 && { checks }),
  };
}

/** As `pluginLine`, for the whole server: a plugin that it can do without only degrades it. */
export function pluginLineOfServer(plugin: PluginStatus, checks: Readonly<Record<string, CheckResult>>): Line {
  const line = pluginLine(plugin, checks);
  return line.status === 'down' && !plugin.isRequired ? { ...line, status: 'degraded' } : line;
}

function hostState(host: PluginStatusPort): string {
  if (host.isDraining()) return 'draining';
  return host.hasStarted() ? 'serving' : 'starting';
}
