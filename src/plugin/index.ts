/** The door of the plugin room. */
export { classesWithoutTypes } from './injection.metadata.js';
export { BasePlugin } from './base-plugin.js';
export { decoratedMethods, type DecoratedMethod } from './decorated-methods.metadata.js';
export type { EventContext } from './event-context.js';
export type { BinarySetting, EventClass, PluginManifest, PluginOptions, PluginRequirements } from './manifest.js';
export { HOST_NAME, PLUGIN_NAME } from './manifest-validation.js';
export { readManifest } from './manifest.metadata.js';
export { takesConfigChanges, type OnConfigChange } from './on-config-change.js';
export { PluginContext, type PluginContextDetails } from './plugin-context.js';
export { Plugin } from './plugin.decorator.js';
export { PluginManifestError, PluginNotReadyError, type ManifestProblem } from './plugin.errors.js';
