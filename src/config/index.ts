/** The door of the config room. */
export type { Bound } from './binding/bind.js';
export { Nested, type NestedOptions } from './binding/nested.decorator.js';
export type { NestedShape } from './binding/nested.metadata.js';
export { ConfigurationError, ConfigurationKeyError, DataDirectoryError } from './config.errors.js';
export { ConfigurationDocument } from './configuration-document.js';
export { describeProblem, sortedProblems, type ConfigurationProblem } from './configuration-problem.js';
export { bindOrThrow, bindWithWarnings, loadConfiguration, type Configuration } from './configuration.js';
export { DataDirectory } from './data-directory.js';
export { locateDirectories, type Directories } from './directories.js';
export { forgetConfigurationKey, processEnvironment, type Environment } from './environment.js';
export { newKey, requireKey, writeNewKey } from './secrets/configuration-key.js';
export { encryptText } from './secrets/encrypted-text.js';
export { IsSecret, type SecretOptions } from './secrets/is-secret.decorator.js';
export { readSecret, type SecretSetting } from './secrets/secret.metadata.js';
