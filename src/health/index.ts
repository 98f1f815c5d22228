/** The door of the health room. */
export { HealthCheck } from './health-check.decorator.js';
export type { HealthCheckOptions } from './health-check.metadata.js';
export { HealthCheckDeclarationError, HealthCheckDuplicateError } from './health.errors.js';
export { type AttachedHealthChecks, HealthIndicators } from './health-indicators.js';
export { HealthModule } from './health.module.js';
export { HealthOptions } from './health.options.js';
export { PluginStatusPort, type PluginStatus } from './plugin-status.port.js';
export { StoreStatePort, type StoreState } from './store-state.port.js';
