/** The door of the config room. */
export type { Bound } from './binding/bind.js';
export { Nested, type NestedOptions } from './binding/nested.decorator.js';
export type { NestedShape } from './binding/nested.metadata.js';
export { ConfigurationError, DataDirectoryError } from './config.errors.js';
export { ConfigurationDocument } from './configuration-document.js';
export { describeProblem, sortedProblems, type ConfigurationProblem } from './configuration-problem.js';
export { bindOrThrow, loadConfiguration, type Configuration } from './configuration.js';
export { DataDirectory } from './data-directory.js';
export { locateDirectories, type Directories } from './directories.js';
export { changedPaths } from './reload/changed-paths.js';
export { ConfigOptions } from './reload/config.options.js';
export { ConfigurationFolder, type ReadConfiguration } from './reload/configuration-folder.js';
export { processEnvironment, type Environment } from './environment.js';
