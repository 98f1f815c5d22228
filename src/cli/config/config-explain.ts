/** `panotti config explain`. */
import { nearestWord } from '../../common/index.js';
import {
  deprecationWords,
  effectiveSettings,
  findSetting,
  formatPath,
  segmentsOf,
  typeWords,
  writtenValues,
  type FoundSetting,
  type JsonValue,
  type Origin,
  type SettingDescription,
} from '../../config/index.js';
import { printableText } from '../../host/index.js';
import { originText, valueText } from './config-show.js';
import { ExitCode } from '../command/exit-code.js';
import { openSettings, type DescribedSettings, type OpenedSettings } from './open-settings.js';
import type { CommonOptions } from '../command/surroundings.js';
import type { CommandCall } from '../command/command.js';

export async function configExplain({
  args: [path],
  options,
  context,
  usage,
}: CommandCall<CommonOptions & { json?: true }, readonly [path: string]>): Promise<void> {
  const opened = await openSettings(options, context);
  const { settings, segments } = placeOf(segmentsOf(path), opened);
  const found = findSetting(settings.description, segments);
  if ('unknown' in found) return void usage(unknownText(found, settings, opened));
  const facts = factsOf(found.setting, [...settings.root, ...found.path], settings);
  context.terminal.out(options.json ? `${JSON.stringify(facts, null, 2)}\n` : `${textOf(facts, found.setting)}\n`);
  context.finish(ExitCode.success);
}

/** A path begins with a section of panotti.yaml, with `plugins.<name>`, or with the name of a plugin. */
function placeOf(
  segments: readonly string[],
  { server, plugins }: OpenedSettings,
): { settings: DescribedSettings; segments: readonly string[] } {
  const [first, second] = segments;
  const byPrefix = first === 'plugins' ? plugins.find(({ plugin }) => plugin === second) : undefined;
  if (byPrefix) return { settings: byPrefix, segments: segments.slice(2) };
  const isServers = server.description.settings.some(({ key }) => key === first);
  const byName = isServers ? undefined : plugins.find(({ plugin }) => plugin === first);
  return byName ? { settings: byName, segments: segments.slice(1) } : { settings: server, segments };
}

interface Value {
  readonly path: string;
  /** As in YAML; `null` if there is no value. */
  readonly value: JsonValue;
  /** The same for people. */
  readonly text: string;
  readonly from: string;
}

interface Facts {
  readonly path: string;
  readonly description: string | null;
  readonly type: string;
  readonly isRequired: boolean;
  readonly constraints: readonly string[];
  readonly default: SettingDescription['default'] | null;
  readonly deprecated: string | null;
  /** Values in effect: one, or for a section one for each option in it. */
  readonly values: readonly Value[];
  /** Every value that was written, the one in effect first. */
  readonly layers: readonly Omit<Value, 'path'>[];
}

function factsOf(
  setting: SettingDescription,
  path: readonly (string | number)[],
  { document, prefix }: DescribedSettings,
): Facts {
  const { type, description = null, isRequired, constraints, deprecated } = setting;
  const owner = { name: '', settings: [{ ...setting, key: String(path.at(-1)) }] };
  const effective = [...effectiveSettings(document, owner, path.slice(0, -1))];
  return {
    path: formatPath(prefix, path),
    description,
    type: typeWords(type),
    isRequired,
    constraints,
    default: setting.default ?? null,
    deprecated: deprecated === undefined ? null : deprecationWords(deprecated),
    values: effective.map((one) =>
      Object.assign(valueOf(one.value, one.setting, one.origin), { path: formatPath(prefix, one.path) }),
    ),
    layers: writtenValues(document, setting, path).map(({ value, origin }) => valueOf(value, setting, origin)),
  };
}

function valueOf(
  value: JsonValue | undefined,
  setting: SettingDescription,
  origin: Origin | undefined,
): Omit<Value, 'path'> {
  return { value: value ?? null, text: valueText(value, setting), from: originText(origin) };
}

function textOf(
  { path, description, type, isRequired, constraints, deprecated, values, layers }: Facts,
  setting: SettingDescription,
): string {
  const isSection = setting.type.kind === 'section';
  const [only] = values;
  const lines = [
    ['type', type],
    ...(constraints.length > 0 ? [['allowed', printableText(constraints.join(', '))]] : []),
    ...(isSection ? [] : [['default', isRequired ? 'none: it is required' : valueText(setting.default, setting)]]),
    ...(deprecated === null ? [] : [['deprecated', printableText(deprecated)]]),
    ...(isSection || values.length !== 1 || !only
      ? values.map((one) => [one.path.slice(path.length + 1), `${one.text}  from ${one.from}`])
      : [
          ['value', only.text],
          ['from', only.from],
        ]),
    ...(isSection ? [] : layers.slice(1).map((one) => ['overruled', `${one.text}  from ${one.from}`])),
  ];
  const width = Math.max(...lines.map(([name = '']) => name.length));
  return [
    printableText(path),
    ...(description === null ? [] : [`  ${printableText(description)}`]),
    ...lines.map(([name = '', text = '']) => `  ${name.padEnd(width)}  ${text}`),
  ].join('\n');
}

function unknownText(
  { known, unknown, candidates, suggestion }: Extract<FoundSetting, { unknown: string }>,
  { root, prefix }: DescribedSettings,
  { plugins }: OpenedSettings,
): string {
  const at = [...root, ...known];
  if (unknown === '') return `error: name an option; there are ${candidates.join(', ')}.`;
  const path = formatPath(prefix, [...at, unknown]);
  if (suggestion !== undefined)
    return `error: ${path} is unknown. Did you mean "${formatPath(prefix, [...at, suggestion])}"?`;
  // The path may be a misspelled plugin, so plugins are suggested too.
  const isAboutPlugins = prefix === undefined && (at.length === 0 || (at.length === 1 && at[0] === 'plugins'));
  const names = isAboutPlugins ? plugins.flatMap(({ plugin = '' }) => plugin) : [];
  const meant = unknown.length > 64 ? undefined : nearestWord(unknown, names);
  if (meant !== undefined) return `error: ${path} is unknown. Did you mean "plugins.${meant}"?`;
  const options = [...candidates, ...names.map((name) => `plugins.${name}`)];
  if (options.length === 0) return `error: ${path} is unknown: ${formatPath(prefix, at)} has no options inside.`;
  return `error: ${path} is unknown. There ${options.length === 1 ? 'is' : 'are'} ${options.join(', ')}.`;
}
