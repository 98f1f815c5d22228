/** The door of the config room. */
export type { Bound } from './binding/bind.js';
export { classProblems, type ClassProblem } from './settings/class-problems.js';
export { Deprecated } from './settings/deprecated.decorator.js';
export type { Deprecation } from './settings/setting.metadata.js';
export { Nested, type NestedOptions } from './settings/nested.decorator.js';
export { readNested, type NestedShape } from './settings/setting.metadata.js';
export { IsByteSize, IsDuration, type QuantityOptions } from './settings/quantity.decorator.js';
export { flattened } from './binding/misplaced-key.js';
export { readUnits } from './settings/units.js';
export { addSection } from './reference/add-section.js';
export { makeOwnFile, writeEditorFiles } from './reference/editor-files.js';
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
  type Origin,
  type Path,
  type ProblemCode,
} from './configuration-problem.js';
export { bindOrThrow, loadConfiguration, type Configuration } from './configuration.js';
export type { ClassDescription, SettingDescription, SettingType } from './reference/class-description.js';
export type { JsonValue } from './settings/check-facts.js';
export {
  describeConfiguration,
  sectionOf,
  type ConfigurationReference,
  type DescribedPlugin,
  type ReferenceClasses,
} from './reference/configuration-reference.js';
export { Describe, type DescribeOptions } from './settings/describe.decorator.js';
export {
  effectiveSettings,
  writtenValues,
  type EffectiveSetting,
  type WrittenValue,
} from './reference/effective-settings.js';
export { findSetting, segmentsOf, type FoundSetting } from './reference/find-setting.js';
export { jsonSchema } from './reference/json-schema.js';
export { markdownReference, pluginReference } from './reference/markdown-reference.js';
export { sectionTemplate } from './reference/section-template.js';
export { demandWords, deprecationWords, flowText, typeWords } from './reference/setting-words.js';
export { DataDirectory } from './files/data-directory.js';
export { locateDirectories, type Directories } from './files/directories.js';
export { changedPaths } from './reload/changed-paths.js';
export { ConfigOptions } from './config.options.js';
export { ConfigurationFolder, type ReadConfiguration } from './reload/configuration-folder.js';
export {
  forgetConfigurationKey,
  LEFT_OUT_VARIABLE,
  processEnvironment,
  takeLeftOut,
  type Environment,
} from './environment.js';
export { newKey, requireKey, writeNewKey } from './secrets/configuration-key.js';
export { encryptText } from './secrets/encrypted-text.js';
export { keyBytes } from './secrets/key-bytes.js';
export { IsSecret, type SecretOptions } from './settings/is-secret.decorator.js';
export { readSecret, type SecretSetting } from './settings/setting.metadata.js';
export { validationErrors } from './settings/validation-errors.js';
export { writeTextFile } from './files/text-file.js';
export { formatPath } from './configuration-problem.js';
export { isForAnchors } from './tree/configuration-node.js';
export { settingsOf } from './settings/class-model.js';
export { renderConfigurationError, renderProblems, type RenderOptions } from './report/render-problems.js';
export type { LayerValue } from './tree/layer.js';
