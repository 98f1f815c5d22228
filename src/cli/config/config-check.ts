/** `panotti config check`. */
import {
  ConfigurationError,
  describeProblems,
  renderConfigurationError,
  renderProblems,
  type ConfigurationProblem,
} from '../../config/index.js';
import { problemReport } from '../../host/index.js';
import { checkConfiguration, type CheckedConfiguration, type CheckedPlugin } from './check-configuration.js';
import { ExitCode } from '../command/exit-code.js';
import type { CommonOptions, ProgramContext, Terminal } from '../command/surroundings.js';
import type { CommandCall } from '../command/command.js';

export async function configCheck({ options, context }: CommandCall<CommonOptions & { json?: true }>): Promise<void> {
  const checked = await checkConfiguration(options, context);
  const isRight = checked.problems.length === 0 && isComplete(checked);
  const isSpotless = isRight && checked.warnings.length === 0 && checked.pluginProblems.length === 0;
  const isAccepted = options.strict ? isSpotless : isRight;
  if (options.json) context.terminal.out(`${JSON.stringify({ ok: isAccepted, ...checked }, null, 2)}\n`);
  else report(checked, context);
  context.finish(isAccepted ? ExitCode.success : ExitCode.configuration);
}

function report(
  { problems, warnings, pluginProblems, plugins }: CheckedConfiguration,
  { terminal }: ProgramContext,
): void {
  if (warnings.length > 0)
    terminal.err(`${counted(warnings.length, 'warning')}:\n${warningLines(warnings, terminal)}\n\n`);
  if (pluginProblems.length > 0) terminal.err(`${problemReport(pluginProblems)}\n\n`);
  if (problems.length > 0) return terminal.err(`${errorText(new ConfigurationError(problems), terminal)}\n`);
  const counts = `${counted(plugins.length, 'plugin')}${statuses(plugins)}`;
  if (isComplete({ plugins, pluginProblems })) terminal.out(`The configuration is right: ${counts}.\n`);
  else
    terminal.err(
      `Some of what the configuration names cannot be loaded, or is required and would not start: ${counts}.\n`,
    );
}

/** True if every plugin that the configuration names can be loaded, and every required one would start. */
function isComplete({ plugins, pluginProblems }: Pick<CheckedConfiguration, 'plugins' | 'pluginProblems'>): boolean {
  const isUsable = ({ status, isLoaded, isRequired }: CheckedPlugin): boolean =>
    status === 'startable' || status === 'disabled' || (isLoaded && !isRequired);
  return plugins.every(isUsable) && pluginProblems.every(({ code }) => code !== 'PLUGIN_DIRECTORY_UNREADABLE');
}

function errorText(error: ConfigurationError, { isInteractive }: Terminal): string {
  return isInteractive ? renderConfigurationError(error) : error.message;
}

function warningLines(warnings: readonly ConfigurationProblem[], { isInteractive }: Terminal): string {
  return isInteractive ? `\n${renderProblems(warnings)}` : describeProblems(warnings);
}

/** `: 3 startable, 1 blocked`. */
function statuses(plugins: CheckedConfiguration['plugins']): string {
  const groups = Map.groupBy(plugins, ({ status }) => status);
  return groups.size === 0 ? '' : ` (${[...groups].map(([status, { length }]) => `${length} ${status}`).join(', ')})`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
