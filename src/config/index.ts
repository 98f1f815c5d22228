/** The door of the config room. */
export type { Bound } from './binding/bind.js';
export { classProblems, type ClassProblem } from './binding/class-problems.js';
export { Deprecated } from './binding/deprecated.decorator.js';
export type { Deprecation } from './binding/deprecated.metadata.js';
export { Nested, type NestedOptions } from './binding/nested.decorator.js';
export type { NestedShape } from './binding/nested.metadata.js';
export { IsByteSize, IsDuration, type QuantityOptions } from './binding/quantity.decorator.js';
export { ConfigurationError, DataDirectoryError } from './config.errors.js';
export { ConfigurationDocument } from './configuration-document.js';
export { describeProblem, sortedProblems, type ConfigurationProblem, type ProblemDetails } from './configuration-problem.js';
export { bindOrThrow, loadConfiguration, type Configuration } from './configuration.js';
export { DataDirectory } from './data-directory.js';
export { locateDirectories, type Directories } from './directories.js';
export { renderProblems, type RenderOptions } from './report/render-problems.js';
export type { LayerValue } from './layers/layer.js';
export type { ProblemCode } from './problem-codes.js';
export { processEnvironment, type Environment } from './environment/environment.js';
