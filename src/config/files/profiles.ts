/** Which profiles are on: `PANOTTI_PROFILE=production` or `PANOTTI_PROFILE=production,eu`, of which the later wins. */
import { nearestWord } from '../../common/index.js';
import { problemAt, type ConfigurationProblem } from '../configuration-problem.js';
import { variable, type Environment, environmentOrigin } from '../environment.js';

/** A part of the name of a file. */
export const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const VARIABLE = 'PANOTTI_PROFILE';

export interface Profiles {
  readonly active: readonly string[];
  readonly problems: readonly ConfigurationProblem[];
}

/** @param available profiles that have a file */
export function activeProfiles(environment: Environment, available: readonly string[]): Profiles {
  const text = variable(environment, VARIABLE) ?? '';
  if (text === '') return { active: [], problems: [] };
  const names = text.split(',').map((name) => name.trim());
  const problems = names.flatMap((name, index) => {
    const message = problemOf(name, names.indexOf(name) < index, available);
    return message === undefined ? [] : [problemAt(environmentOrigin(VARIABLE), '', message.message, message)];
  });
  return { active: problems.length > 0 ? [] : names, problems };
}

interface ProfileProblem {
  readonly message: string;
  readonly code: 'CONFIG_UNKNOWN_VARIABLE';
  readonly fix: string;
  readonly knownKeys?: readonly string[];
  readonly suggestion?: string | undefined;
}

function problemOf(name: string, isRepeated: boolean, available: readonly string[]): ProfileProblem | undefined {
  const code = 'CONFIG_UNKNOWN_VARIABLE';
  if (!PROFILE_NAME.test(name)) {
    const message = 'must be names of profiles separated by commas: letters, digits, "-" and "_"';
    return { message, code, fix: 'Write one name, or several with a comma between them.' };
  }
  if (isRepeated) return { message: `names the profile "${name}" twice`, code, fix: 'Name it once.' };
  if (available.includes(name)) return undefined;
  const suggestion = nearestWord(name, available);
  const known = available.length === 0 ? 'there are no files of profiles' : `known are ${available.join(', ')}`;
  return {
    message: `there is no file for the profile "${name}"; ${suggestion === undefined ? known : `did you mean "${suggestion}"?`}`,
    code,
    fix: `Correct the name, or make the file panotti.${name}.yaml or plugins.${name}.yaml.`,
    knownKeys: available,
    suggestion,
  };
}
