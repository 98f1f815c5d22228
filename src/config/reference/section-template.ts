/** The commented section of one plugin for `plugins.yaml`: all options at their defaults, so that removing a `#` is all there is to do. */
import type { ClassDescription, SettingDescription } from './class-description.js';
import {
  sectionOf,
  SETTINGS_KEY,
  type ConfigurationReference,
  type DescribedPlugin,
} from './configuration-reference.js';
import { demandWords, flowText } from './setting-words.js';

/** Wider lines do not fit beside anything in an editor. */
const WIDTH = 120;

/** Of what every section may have, what an operator sets first; the others are in the head of the file and in the reference. */
const SHOWN_FIRST: ReadonlySet<string> = new Set(['enabled', SETTINGS_KEY]);

/**
 * The section with its head, ending in a line break. An option that must be given is not commented out and has no value, so that the
 * server names it until it has one.
 */
export function sectionTemplate(reference: ConfigurationReference, plugin: DescribedPlugin): string {
  const { settings } = sectionOf(reference, plugin);
  const shown = settings.filter(({ key }) => SHOWN_FIRST.has(key));
  const head = [...comment(plugin.description, ''), `${plugin.name}:`];
  return `${[...head, ...shown.flatMap((setting) => Array.from(lines(setting, '  ', [])))].join('\n')}\n`;
}

/** @param above the sections around it: one that contains itself is written once */
function* lines(setting: SettingDescription, indent: string, above: readonly ClassDescription[]): Iterable<string> {
  const { key, type } = setting;
  if (key === 'enabled' && indent === '  ') {
    yield `${indent}#enabled: ${flowText(setting.default ?? true)}`;
    return;
  }
  const isBody = key === SETTINGS_KEY && indent === '  ';
  if (!isBody) yield* headOf(setting, indent);
  if (
    type.kind === 'section' &&
    !above.includes(type.section) &&
    (isBody || setting.default !== undefined || setting.isRequired)
  ) {
    yield `${indent}${key}:`;
    for (const one of type.section.settings.filter(({ deprecated }) => deprecated === undefined))
      yield* lines(one, `${indent}  `, [...above, type.section]);
  } else if (setting.isRequired) {
    yield `${indent}${key}:`;
  } else {
    yield `${indent}#${key}:${setting.default === undefined ? '' : ` ${flowText(setting.default)}`}`;
  }
}

/** `The first line of the summary. (text, at most 100 characters)`, the brackets in a line of their own where both are too long for one. */
function headOf(setting: SettingDescription, indent: string): string[] {
  const { description = '', type, isRequired, defaultText } = setting;
  const facts = type.kind === 'section' ? [] : [demandWords(setting)];
  if (defaultText !== undefined) facts.push(`by default ${defaultText}`);
  const text = isRequired && type.kind !== 'section' ? `REQUIRED. ${description}` : description;
  const inBrackets = facts.length === 0 ? '' : `(${facts.join('; ')})`;
  const together = comment(`${text} ${inBrackets}`, indent);
  return together.length === 1 ? together : [...comment(text, indent), ...comment(inBrackets, indent)];
}

function comment(text: string, indent: string): string[] {
  const found: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter(Boolean)) {
    if (line !== '' && indent.length + 2 + line.length + 1 + word.length > WIDTH) {
      found.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') found.push(line);
  return found.map((one) => `${indent}# ${one}`);
}
