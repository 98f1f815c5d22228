/** Compares what a plugin requires of the machine with what the machine has. Pure: the facts are gathered elsewhere. */
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
  /** Whether a program of this name can be run from the PATH. */
  readonly hasBinary: (name: string) => boolean;
}

interface Unmet {
  readonly message: string;
  readonly fix: string;
}

/** Each requirement that does not hold, in the order of the manifest's fields. */
export function unmetRequirements(manifest: PluginManifest, facts: MachineFacts): PluginProblem[] {
  const { requires } = manifest;
  const unmet: Unmet[] = [
    ...unmetRange('Panotti', requires.host, facts.hostVersion),
    ...unmetRange('Node', requires.node, facts.nodeVersion),
    ...unmetPlatform(requires.platforms, facts.platform),
    ...requires.binaries.filter((name) => !facts.hasBinary(name)).map(missingBinary),
    ...requires.env.filter((name) => !Object.hasOwn(facts.environment, name) || !facts.environment[name]).map(missingVariable),
  ];
  return unmet.map(({ message, fix }) => ({
    code: 'PLUGIN_REQUIREMENT_UNMET',
    plugin: manifest.name,
    message: `Plugin "${manifest.name}" is blocked: it needs ${message}.`,
    fix,
  }));
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
  return [{ message: `the platform ${platforms.join(' or ')}, and this is ${found}`, fix: 'Run it there, or disable the plugin here.' }];
}

function missingBinary(name: string): Unmet {
  return {
    message: `the program "${name}", which is not on the PATH`,
    fix: `Install "${name}", or put its folder on the PATH of the server.`,
  };
}

function missingVariable(name: string): Unmet {
  return {
    message: `the environment variable ${name}, which is not set or empty`,
    fix: `Set ${name} in the environment of the server.`,
  };
}
