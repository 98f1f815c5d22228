/** `@Plugin` checks and records a manifest. It starts nothing: the host reads it when it discovers the class. */
import { Module } from '@nestjs/common';
import { deepFreeze } from '../common/index.js';
import type { PluginOptions } from './manifest.js';
import { completeManifest, manifestProblems } from './manifest-validation.js';
import { writeManifest } from './manifest.metadata.js';
import { PluginManifestError } from './plugin.errors.js';

/**
 * Declares a class as a plugin: a Nest module with a manifest.
 *
 * @param options the manifest, and what `@Module` takes
 * @throws PluginManifestError while the class is defined, naming each wrong field and what is allowed
 *
 * @example
 * @Plugin({ name: 'greeter', version: '1.0.0', providers: [Greeter], emits: [Greeted] })
 * export class GreeterPlugin {}
 */
export function Plugin(options: PluginOptions): ClassDecorator {
  return (pluginClass) => {
    const problems = manifestProblems(options);
    if (problems.length > 0) throw new PluginManifestError(pluginClass.name, problems);
    const { imports = [], providers = [], controllers = [], exports = [] } = options;
    Module({ imports, providers, controllers, exports })(pluginClass);
    writeManifest(pluginClass, deepFreeze(completeManifest(options)));
  };
}
