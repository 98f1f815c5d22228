/** From what is written for a secret setting to the `Secret`, and the warnings about secrets that others can read. */
import { Secret } from '../../common/index.js';
import type { Place } from './place.js';
import type { ConfigurationProblem, Path } from '../configuration-problem.js';
import { kindOf, type ConfigurationNode, type ScalarNode } from '../tree/configuration-node.js';
import type { SecretSetting } from '../settings/setting.metadata.js';

/** Either a value, or the problems that prevent one; warnings in both cases. */
export interface BoundSecret {
  readonly value: Secret | readonly (Secret | undefined)[] | undefined;
  readonly problems: readonly ConfigurationProblem[];
  readonly warnings: readonly ConfigurationProblem[];
}

const LITERAL =
  'is a secret that stands in the file for every reader of it; write ${NAME} or ${file:/path}, ' +
  'or write !encrypted and what `panotti config encrypt` prints';

const EXPOSED =
  'is kept secret in its source, but this setting is not a secret: its value can turn up in logs and reports';

/** The secret that `node` describes; of a list, a `Secret` for each item. */
export function bindSecret(setting: SecretSetting, node: ConfigurationNode, path: Path, place: Place): BoundSecret {
  if (!setting.isList) return oneSecret(node, path, place);
  if (node.kind !== 'list') return refused(node, path, 'a list of texts', place);
  const items = node.items.map((item, index) => oneSecret(item, [...path, index], place));
  return {
    value: items.map(({ value }) => value as Secret | undefined),
    problems: items.flatMap(({ problems }) => problems),
    warnings: items.flatMap(({ warnings }) => warnings),
  };
}

/** Warnings about encrypted values, and secrets given in code, that are bound to something which prints. */
export function exposedSecrets(node: ConfigurationNode, path: Path, place: Place): ConfigurationProblem[] {
  switch (node.kind) {
    case 'list':
      return node.items.flatMap((item, index) => exposedSecrets(item, [...path, index], place));
    case 'map':
      return [...node.entries].flatMap(([key, { node: below }]) => exposedSecrets(below, [...path, key], place));
    case 'scalar':
      return node.supplied?.isSecret === true ? [place.problemAt(path, EXPOSED, 'value')] : [];
    case 'refused':
      return [];
  }
}

function oneSecret(node: ConfigurationNode, path: Path, place: Place): BoundSecret {
  const text = node.kind === 'scalar' ? textOf(node) : undefined;
  if (node.kind !== 'scalar' || text === undefined) return refused(node, path, 'a text', place);
  return {
    value: new Secret(text),
    problems: [],
    warnings: isLiteral(node) && text !== '' ? [place.problemAt(path, LITERAL, 'value')] : [],
  };
}

/** What a variable gave is taken as it is: a password of digits alone stays text, with its zeros. */
function textOf({ value, supplied }: ScalarNode): string | undefined {
  return supplied?.text ?? (typeof value === 'string' ? value : undefined);
}

function isLiteral({ origin, supplied }: ScalarNode): boolean {
  return supplied === undefined && origin.variable === undefined;
}

function refused(node: ConfigurationNode, path: Path, expected: string, place: Place): BoundSecret {
  if (node.kind === 'refused')
    return {
      value: undefined,
      problems: node.problems.map((problem) => ({ ...problem, isSecret: true })),
      warnings: [],
    };
  const kind = kindOf(node);
  const advice = kind === 'a number' || kind === 'true or false' ? ': put it in quotes' : '';
  return {
    value: undefined,
    problems: [place.problemAt(path, `must be ${expected}, but is ${kind}${advice}`, 'value')],
    warnings: [],
  };
}
