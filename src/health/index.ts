/** Is it well? Health checks of plugins, and the endpoints that show them. */
export { HealthCheck } from './health-check.decorator.js';
export type { HealthCheckOptions } from './health-check.metadata.js';
export { HealthCheckDeclarationError, HealthCheckDuplicateError } from './health.errors.js';
export { type AttachedHealthChecks, HealthIndicators } from './health-indicators.js';
export { HealthModule } from './health.module.js';
export { HealthOptions } from './health.options.js';
export { type PluginStatus, PluginStatusPort, type StoreState, StoreStatePort } from './host-status.port.js';
