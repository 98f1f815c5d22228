/** The lines of a health answer: what the state of the host and of a plugin means in terms of terminus, and how much of it is shown. */
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { HOST_NAME } from '../plugin/index.js';
import type { CheckResult } from './health-indicator.js';
import type { PluginStatus, PluginStatusPort, StoreStatePort } from './host-status.port.js';

type Line = HealthIndicatorResult[string];

const STORE_NAME = `${HOST_NAME}.store`;

/** How much a caller sees: only that something is not well, or also what, why and in which version. */
export type Disclosure = 'states' | 'details';

/** The host's own line, under its own name: no plugin can have it. */
export function hostLine(host: PluginStatusPort): HealthIndicatorResult {
  const state = hostState(host);
  return { [HOST_NAME]: { status: state === 'serving' ? 'up' : 'down', state } };
}

/** The store's line, under a name that no plugin can have. Down while nothing can be stored. */
export function storeLine(port: StoreStatePort, disclosure: Disclosure): HealthIndicatorResult {
  const { state, damaged, resealLeft } = port.store();
  const line = { status: state === 'ready' ? ('up' as const) : ('down' as const), state };
  return { [STORE_NAME]: disclosure === 'details' ? { ...line, damaged, resealLeft } : line };
}

/** Down when the plugin is not up; degraded when it is, but a check of its own is not well, or was not when it was last run. */
export function pluginLine(
  plugin: PluginStatus,
  disclosure: Disclosure,
  checks: Readonly<Record<string, CheckResult>> = {},
): Line {
  const { state, version, isRequired, reason } = plugin;
  const isDegraded = state === 'degraded' || Object.values(checks).some(({ status }) => status === 'down');
  const isTold = disclosure === 'details';
  return {
    status: plugin.isUp ? (isDegraded ? 'degraded' : 'up') : 'down',
    state,
    required: isRequired,
    ...(isTold && { version }),
    ...(isTold && reason !== undefined && { reason }),
    ...(Object.keys(checks).length > 0 && { checks: isTold ? checks : statesOf(checks) }),
  };
}

/** As `pluginLine`, for the whole server: a plugin that it can do without only degrades it. */
export function pluginLineOfServer(
  plugin: PluginStatus,
  disclosure: Disclosure,
  checks: Readonly<Record<string, CheckResult>>,
): Line {
  const line = pluginLine(plugin, disclosure, checks);
  return line.status === 'down' && !plugin.isRequired ? { ...line, status: 'degraded' } : line;
}

function statesOf(checks: Readonly<Record<string, CheckResult>>): Record<string, CheckResult> {
  return Object.fromEntries(Object.entries(checks).map(([name, { status }]) => [name, { status }]));
}

function hostState(host: PluginStatusPort): string {
  if (host.isDraining()) return 'draining';
  return host.hasStarted() ? 'serving' : 'starting';
}
