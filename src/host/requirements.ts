/** Compares what a plugin requires of the machine with what the machine has. Pure: the facts are gathered elsewhere. */
import { isAbsolute } from 'node:path';
import type { PluginManifest } from '../plugin/index.js';
import type { PluginProblem } from './plugin-problem.js';
import { isInRange } from './version-range.js';

/** What is known about the machine and the host. */
export interface MachineFacts {
  /** The version of this package. */
  readonly hostVersion: string;
  /** As in `process.versions.node`. */
  readonly nodeVersion: string;
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a program of this name can be run from the PATH, or by this absolute path. */
  readonly hasBinary: (name: string) => boolean;
}

interface Unmet {
  readonly message: string;
  readonly fix: string;
  readonly isExpected?: boolean;
}

/**
 * Each requirement that does not hold, in the order of the manifest's fields.
 *
 * @param configuration the validated settings; without them, requirements that they name are not looked at
 * @param isRequired    whether the server is not ready without the plugin: then nothing that is missing is expected
 */
export function unmetRequirements(
  manifest: PluginManifest,
  facts: MachineFacts,
  configuration?: object,
  isRequired?: boolean,
): PluginProblem[] {
  const { requires } = manifest;
  const unmet: Unmet[] = [
    ...unmetRange('Panotti', requires.host, facts.hostVersion),
    ...unmetRange('Node', requires.node, facts.nodeVersion),
    ...unmetPlatform(requires.platforms, facts.platform),
    ...requires.binaries.flatMap((binary) => unmetBinary(binary, manifest.name, facts, configuration)),
    ...requires.env
      .filter((name) => !Object.hasOwn(facts.environment, name) || !facts.environment[name])
      .map(missingVariable),
  ];
  return unmet.map(({ message, fix, isExpected }): PluginProblem => {
    const problem = {
      code: 'PLUGIN_REQUIREMENT_UNMET',
      plugin: manifest.name,
      message: `Plugin "${manifest.name}" needs ${message}.`,
      fix,
    };
    return isExpected === true && isRequired !== true ? Object.assign(problem, { isExpected }) : problem;
  });
}

function unmetRange(what: string, range: string, found: string): Unmet[] {
  if (isInRange(found, range)) return [];
  return [
    {
      message: `${what} ${range}, and this is ${found}`,
      fix: `Run it with a ${what} in ${range}, or install a version of the plugin for ${found}.`,
    },
  ];
}

function unmetPlatform(platforms: readonly string[], found: string): Unmet[] {
  if (platforms.length === 0 || platforms.includes(found)) return [];
  return [
    {
      message: `the platform ${platforms.join(' or ')}, and this is ${found}`,
      fix: 'Run it there, or disable the plugin here.',
    },
  ];
}

function unmetBinary(
  binary: PluginManifest['requires']['binaries'][number],
  plugin: string,
  { hasBinary }: MachineFacts,
  configuration: object = {},
): Unmet[] {
  const name: unknown =
    typeof binary === 'string' ? binary : Object.entries(configuration).find(([key]) => key === binary.setting)?.[1];
  if (typeof name !== 'string' || hasBinary(name)) return [];
  const message = isAbsolute(name)
    ? `the program ${name}, which is not there or may not be run`
    : `the program "${name}", which is not on the PATH`;
  const install = isAbsolute(name)
    ? 'Install it there'
    : `Install "${name}", or put its folder on the PATH of the server`;
  const correct = typeof binary === 'string' ? '' : `, or correct plugins.${plugin}.settings.${binary.setting}`;
  return [
    { message, fix: `${install}${correct}.`, isExpected: typeof binary === 'object' && binary.whenMissing === 'wait' },
  ];
}

function missingVariable(name: string): Unmet {
  return {
    message: `the environment variable ${name}, which is not set or empty`,
    fix: `Set ${name} in the environment of the server.`,
  };
}
