/** Checks what an author wrote in `@Plugin`, without trusting its types: a plugin may be plain JavaScript. */
import { valid, validRange } from 'semver';
import type { Type } from '@nestjs/common';
import { nearestWord } from '../common/index.js';
import { classProblems } from '../config/index.js';
import type { PluginManifest, PluginOptions, PluginRequirements } from './manifest.js';
import type { ManifestProblem } from './plugin.errors.js';

/** What a plugin may be called: it is a key in YAML, a segment of a URL and the name of a folder. */
export const PLUGIN_NAME = /^[a-z][a-z0-9-]{1,63}$/;

/** The source of the host's own events, so no plugin may have it. */
export const HOST_NAME = 'panotti';

const STORE_NAME = /^[a-z][a-zA-Z0-9-]{0,63}$/;

const PLATFORMS = ['aix', 'darwin', 'freebsd', 'linux', 'openbsd', 'sunos', 'win32'];
const MODULE_FIELDS = ['imports', 'providers', 'controllers', 'exports'];
const MANIFEST_FIELDS = [
  'name',
  'version',
  'description',
  'dependencies',
  'optionalDependencies',
  'requires',
  'config',
  'state',
  'stores',
  'emits',
];
const REQUIREMENT_FIELDS = ['host', 'node', 'platforms', 'binaries', 'env'];

type Fields = Readonly<Record<string, unknown>>;

/** Everything that is wrong with the manifest, in the order of its fields. */
export function manifestProblems(options: unknown): ManifestProblem[] {
  if (!isRecord(options))
    return [{ field: '(manifest)', message: 'must be an object with at least a name and a version' }];
  return [
    ...unknownFields(options, [...MANIFEST_FIELDS, ...MODULE_FIELDS], ''),
    ...nameProblems(options['name']),
    ...versionProblems(options['version']),
    ...(isOptional(options['description'], 'string') ? [] : [{ field: 'description', message: 'must be a text' }]),
    ...rangesProblems(options, 'dependencies'),
    ...rangesProblems(options, 'optionalDependencies'),
    ...bothKindsOfDependency(options),
    ...requirementProblems(options['requires']),
    ...configProblems(options['config']),
    ...(isOptional(options['state'], 'function') ? [] : [{ field: 'state', message: 'must be a class' }]),
    ...storesProblems(options['stores']),
    ...emitsProblems(options['emits']),
    ...MODULE_FIELDS.flatMap((field) => listProblems(options[field], field, () => true, 'a list, as in @Module')),
  ];
}

/** The manifest with its defaults, from options that have no problems. */
export function completeManifest(options: PluginOptions): PluginManifest {
  const { requires = {} } = options;
  return {
    name: options.name,
    version: options.version,
    description: options.description ?? '',
    dependencies: { ...options.dependencies },
    optionalDependencies: { ...options.optionalDependencies },
    requires: completeRequirements(requires),
    config: options.config,
    state: options.state,
    stores: { ...options.stores },
    emits: [...(options.emits ?? [])],
  };
}

function completeRequirements(requires: PluginRequirements): Required<PluginRequirements> {
  return {
    host: requires.host ?? '*',
    node: requires.node ?? '*',
    platforms: [...(requires.platforms ?? [])],
    binaries: [...(requires.binaries ?? [])],
    env: [...(requires.env ?? [])],
  };
}

function nameProblems(name: unknown): ManifestProblem[] {
  if (typeof name !== 'string' || !PLUGIN_NAME.test(name)) {
    return [
      {
        field: 'name',
        message: `must match ${PLUGIN_NAME.source}: 2 to 64 lower-case letters, digits and dashes, for example "noise-reduction"`,
      },
    ];
  }
  return name === HOST_NAME ? [{ field: 'name', message: `"${HOST_NAME}" is the host's own name` }] : [];
}

function versionProblems(version: unknown): ManifestProblem[] {
  const isVersion = typeof version === 'string' && valid(version) !== null;
  return isVersion ? [] : [{ field: 'version', message: 'must be a semantic version, for example "1.0.0"' }];
}

function* rangesProblems(options: Fields, field: string): Iterable<ManifestProblem> {
  const ranges = options[field];
  if (ranges === undefined) return;
  if (!isRecord(ranges)) {
    yield { field, message: 'must be an object of plugin name to semver range, for example { recordings: "^1.0.0" }' };
    return;
  }
  for (const [name, range] of Object.entries(ranges)) {
    if (!PLUGIN_NAME.test(name))
      yield { field: `${field}.${name}`, message: `is no plugin name; one matches ${PLUGIN_NAME.source}` };
    if (name === options['name']) yield { field: `${field}.${name}`, message: 'is the plugin itself' };
    if (!isRange(range))
      yield { field: `${field}.${name}`, message: 'must be a semver range, for example "^1.0.0" or "*"' };
  }
}

function bothKindsOfDependency(options: Fields): ManifestProblem[] {
  const { dependencies, optionalDependencies } = options;
  if (!isRecord(dependencies) || !isRecord(optionalDependencies)) return [];
  const both = Object.keys(optionalDependencies).filter((name) => Object.hasOwn(dependencies, name));
  return both.map((name) => ({
    field: `optionalDependencies.${name}`,
    message: 'is listed under dependencies as well',
  }));
}

function requirementProblems(requires: unknown): ManifestProblem[] {
  if (requires === undefined) return [];
  if (!isRecord(requires))
    return [{ field: 'requires', message: `must be an object with any of ${REQUIREMENT_FIELDS.join(', ')}` }];
  const ranges = ['host', 'node'].filter((field) => requires[field] !== undefined && !isRange(requires[field]));
  const isEnvName = (value: unknown): boolean => typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value);
  const isBinary = (value: unknown): boolean =>
    (typeof value === 'string' && /^[^\s/\\]+$/.test(value)) || (isRecord(value) && isBinarySetting(value));
  const isPlatform = (value: unknown): boolean => typeof value === 'string' && PLATFORMS.includes(value);
  return [
    ...unknownFields(requires, REQUIREMENT_FIELDS, 'requires.'),
    ...ranges.map((field) => ({ field: `requires.${field}`, message: 'must be a semver range, for example ">=24"' })),
    ...listProblems(requires['platforms'], 'requires.platforms', isPlatform, `a list of ${PLATFORMS.join(', ')}`),
    ...listProblems(
      requires['binaries'],
      'requires.binaries',
      isBinary,
      "a list of program names without a path, or of { setting } with the name of the setting that names one, and whenMissing: 'report' or 'wait'",
    ),
    ...listProblems(requires['env'], 'requires.env', isEnvName, 'a list of names of environment variables'),
  ];
}

function isBinarySetting({ setting, whenMissing = 'report', ...rest }: Fields): boolean {
  return (
    typeof setting === 'string' && ['report', 'wait'].includes(String(whenMissing)) && Object.keys(rest).length === 0
  );
}

/** Its class is looked at now, because the author reads this at once, and an operator would read it much later. */
function configProblems(config: unknown): ManifestProblem[] {
  if (config === undefined) return [];
  if (typeof config !== 'function') return [{ field: 'config', message: 'must be a class' }];
  return classProblems(config as Type<object>).map(({ field, message }) => ({ field: `config.${field}`, message }));
}

function* storesProblems(stores: unknown): Iterable<ManifestProblem> {
  if (stores === undefined) return;
  if (!isRecord(stores)) {
    yield { field: 'stores', message: 'must be an object of store name to class, for example { notes: NoteRecord }' };
    return;
  }
  for (const [name, recordClass] of Object.entries(stores)) {
    const field = `stores.${name}`;
    if (!STORE_NAME.test(name)) yield { field, message: `is no name of a store; one matches ${STORE_NAME.source}` };
    if (typeof recordClass !== 'function') yield { field, message: 'must be a class' };
  }
}

function emitsProblems(emits: unknown): ManifestProblem[] {
  const isEvent = (value: unknown): boolean =>
    typeof value === 'function' || (typeof value === 'string' && value.length > 0);
  return listProblems(emits, 'emits', isEvent, 'a list of event classes or event names');
}

function listProblems(
  list: unknown,
  field: string,
  accepts: (item: unknown) => boolean,
  allowed: string,
): ManifestProblem[] {
  if (list === undefined || (Array.isArray(list) && list.every(accepts))) return [];
  return [{ field, message: `must be ${allowed}` }];
}

function unknownFields(options: Fields, known: readonly string[], prefix: string): ManifestProblem[] {
  const unknown = Object.keys(options).filter((field) => !known.includes(field));
  return unknown.map((field) => {
    const meant = nearestWord(field, known);
    return {
      field: `${prefix}${field}`,
      message: `is unknown; ${meant ? `did you mean "${meant}"?` : `known are ${known.join(', ')}`}`,
    };
  });
}

function isRange(value: unknown): boolean {
  return typeof value === 'string' && validRange(value) !== null;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOptional(value: unknown, type: 'string' | 'function'): boolean {
  return value === undefined || typeof value === type;
}
