/** `panotti config show`. */
import { effectiveSettings, flowText, formatPath, type EffectiveSetting, type Origin } from '../../config/index.js';
import { printableText } from '../../host/index.js';
import { checkConfiguration } from './check-configuration.js';
import { ExitCode } from '../command/exit-code.js';
import { pluginNamed } from './open-reference.js';
import { openSettings, type DescribedSettings } from './open-settings.js';
import type { CommonOptions } from '../command/surroundings.js';
import { textTable } from '../command/terminal-text.js';
import type { CommandCall } from '../command/command.js';

const HEADINGS = ['PATH', 'VALUE', 'FROM'];
const LONGEST_VALUE = 80;

export async function configShow({
  args: [plugin],
  options,
  context,
  usage,
}: CommandCall<CommonOptions & { json?: true }, readonly [plugin: string | undefined]>): Promise<void> {
  const { reference, server, plugins } = await openSettings(options, context);
  if (plugin !== undefined) pluginNamed(plugin, reference, usage);
  const wanted = plugin === undefined ? [server, ...plugins] : plugins.filter((one) => one.plugin === plugin);
  const rows = wanted.flatMap((one) => rowsOf(one));
  context.terminal.out(options.json ? `${JSON.stringify(rows.map(plain), null, 2)}\n` : `${table(rows)}\n`);
  const { problems } = await checkConfiguration(options, context);
  if (problems.length > 0)
    context.terminal.err(
      '\nThe configuration is wrong, and a server would not start with it. `panotti config check` shows where.\n',
    );
  context.finish(problems.length > 0 ? ExitCode.configuration : ExitCode.success);
}

interface Row extends Pick<EffectiveSetting, 'value' | 'origin' | 'setting'> {
  readonly path: string;
}

function rowsOf({ description, document, root, prefix }: DescribedSettings): Row[] {
  return [...effectiveSettings(document, description, root)].map(({ path, value, origin, setting }) => ({
    path: formatPath(prefix, path),
    value,
    origin,
    setting,
  }));
}

function plain({ path, value, origin }: Row): object {
  return { path, value: value ?? null, origin: origin ?? null };
}

function table(rows: readonly Row[]): string {
  const cells = [
    HEADINGS,
    ...rows.map(({ path, value, origin, setting }) => [path, valueText(value, setting), originText(origin)]),
  ];
  return textTable(cells);
}

/** As in YAML. A default that depends on the machine is described in words: the machine of the shell may not be that of the server. */
export function valueText(value: EffectiveSetting['value'], { defaultText }: EffectiveSetting['setting']): string {
  if (value === undefined) return defaultText === undefined ? '-' : `(${printableText(defaultText)})`;
  return value === '[secret]' ? value : printableText(flowText(value), LONGEST_VALUE);
}

/** `config/plugins.yaml:3:12`, the name of a variable, or `default`. */
export function originText(origin: Origin | undefined): string {
  if (origin === undefined) return 'default';
  return printableText(origin.variable ?? `${origin.file}:${origin.line}:${origin.column}`);
}
