/** The door of the config room. */
export type { Bound } from './binding/bind.js';
export { classProblems, type ClassProblem } from './binding/class-problems.js';
export { Deprecated } from './binding/deprecated.decorator.js';
export type { Deprecation } from './binding/deprecated.metadata.js';
export { Nested, type NestedOptions } from './binding/nested.decorator.js';
export { readNested, type NestedShape } from './binding/nested.metadata.js';
export { IsByteSize, IsDuration, type QuantityOptions } from './binding/quantity.decorator.js';
export { flattened } from './binding/misplaced-key.js';
export { readUnits } from './binding/units.js';
export { addSection } from './add-section.js';
export { makeOwnFile, writeEditorFiles } from './editor-files.js';
export {
  ConfigurationError,
  ConfigurationKeyError,
  DataDirectoryError,
  DataDirectoryNotWritableError,
  FileNotWrittenError,
  noFolderError,
  SectionNotAddedError,
} from './config.errors.js';
export { ConfigurationDocument } from './configuration-document.js';
export {
  describeProblem,
  describeProblems,
  sortedProblems,
  type ConfigurationProblem,
  type ProblemDetails,
} from './configuration-problem.js';
export { bindOrThrow, loadConfiguration, type Configuration } from './configuration.js';
export type { ClassDescription, JsonValue, SettingDescription, SettingType } from './description/class-description.js';
export {
  describeConfiguration,
  sectionOf,
  type ConfigurationReference,
  type DescribedPlugin,
  type ReferenceClasses,
} from './description/configuration-reference.js';
export { Describe, type DescribeOptions } from './description/describe.decorator.js';
export {
  effectiveSettings,
  writtenValues,
  type EffectiveSetting,
  type WrittenValue,
} from './description/effective-settings.js';
export { findSetting, segmentsOf, type FoundSetting } from './description/find-setting.js';
export { jsonSchema } from './description/json-schema.js';
export { markdownReference, pluginReference } from './description/markdown-reference.js';
export { sectionTemplate } from './description/section-template.js';
export { demandWords, deprecationWords, flowText, typeWords } from './description/setting-words.js';
export { DataDirectory } from './data-directory.js';
export { locateDirectories, type Directories } from './directories.js';
export { changedPaths } from './reload/changed-paths.js';
export { ConfigOptions } from './reload/config.options.js';
export { ConfigurationFolder, type ReadConfiguration } from './reload/configuration-folder.js';
export {
  forgetConfigurationKey,
  LEFT_OUT_VARIABLE,
  processEnvironment,
  takeLeftOut,
  type Environment,
} from './environment/environment.js';
export { newKey, requireKey, writeNewKey } from './secrets/configuration-key.js';
export { encryptText } from './secrets/encrypted-text.js';
export { keyBytes } from './secrets/key-bytes.js';
export { IsSecret, type SecretOptions } from './secrets/is-secret.decorator.js';
export { readSecret, type SecretSetting } from './secrets/secret.metadata.js';
export { writeTextFile } from './text-file.js';
export { formatPath } from './configuration-problem.js';
export type { Origin, Path } from './tree/origin.js';
export { isForAnchors } from './tree/configuration-node.js';
export { settingsOf } from './binding/config-class.js';
export { renderConfigurationError, renderProblems, type RenderOptions } from './report/render-problems.js';
export type { LayerValue } from './layers/layer.js';
export type { ProblemCode } from './problem-codes.js';
