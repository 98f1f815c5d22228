/** The reference of the configuration in Markdown. The texts are a stranger's: nothing in them can break a table or become HTML. */
import type { ClassDescription, SettingDescription, SettingType } from './class-description.js';
import type { ConfigurationReference, DescribedPlugin } from './configuration-reference.js';
import { demandWords, deprecationWords, flowText } from './setting-words.js';

const HEADINGS = ['| key | value | default | description |', '|---|---|---|---|'];

/** Both files: a chapter for the server, one for what every plugin's section may have, one for each plugin. */
export function markdownReference(reference: ConfigurationReference): string {
  return document([
    '# Configuration',
    'Everything that can be written in `panotti.yaml` and `plugins.yaml`, made by `panotti config docs` from the classes that check it. A key in the tables is a path: `http.port` is the key `port` in the section `http`. What is not written, or is `null`, has its default.',
    '## panotti.yaml',
    table(reference.host),
    '## plugins.yaml',
    'One section for each plugin, under its name. Each may have:',
    table(reference.section),
    'and under `settings` what its plugin describes:',
    ...reference.plugins.flatMap((plugin) => chapter(plugin, '###')),
  ]);
}

/** The settings of one plugin. */
export function pluginReference(plugin: DescribedPlugin): string {
  return document(chapter(plugin, '#'));
}

function chapter({ name, version, description, settings }: DescribedPlugin, heading: string): string[] {
  const about = prose(description);
  const intro = [about, `Version ${prose(version)}.`].filter((text) => text !== '').join(' ');
  if (!settings || settings.settings.length === 0) return [`${heading} ${name}`, intro, 'It takes no settings.'];
  return [`${heading} ${name}`, intro, table(settings)];
}

function document(blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`;
}

function table(description: ClassDescription): string {
  return [...HEADINGS, ...rows(description, '', [])].join('\n');
}

/** @param above the classes around it: one that contains itself is not followed again */
function* rows(description: ClassDescription, prefix: string, above: readonly ClassDescription[]): Iterable<string> {
  for (const setting of description.settings) {
    const path = `${prefix}${setting.key}`;
    const inner = innerOf(setting.type);
    const isBareSection = setting.type.kind === 'section' && setting.description === undefined && inner !== undefined;
    if (!isBareSection)
      yield `| ${[code(path), prose(demandWords(setting)), defaultOf(setting), textOf(setting)].join(' | ')} |`;
    if (inner && inner.section !== description && !above.includes(inner.section))
      yield* rows(inner.section, `${path}${inner.joint}`, [...above, description]);
  }
}

function innerOf(type: SettingType): { section: ClassDescription; joint: string } | undefined {
  if (type.kind === 'section') return { section: type.section, joint: '.' };
  if (type.kind === 'list' && type.items.kind === 'section') return { section: type.items.section, joint: '[].' };
  return type.kind === 'map' && type.values ? { section: type.values, joint: '.<name>.' } : undefined;
}

function defaultOf({ type, isRequired, default: value, defaultText }: SettingDescription): string {
  if (isRequired && type.kind !== 'section') return '**required**';
  if (defaultText !== undefined) return prose(defaultText);
  return value === undefined || type.kind === 'section' ? '' : code(flowText(value));
}

function textOf({ description = '', deprecated }: SettingDescription): string {
  return [deprecated === undefined ? '' : `**Deprecated** ${prose(deprecationWords(deprecated))}.`, prose(description)]
    .filter((text) => text !== '')
    .join(' ');
}

/** Code between backticks stays code; everywhere else nothing is a tag, a link or the end of a cell. */
function prose(text: string): string {
  const parts = text.split(/(`[^`]*`)/);
  return parts.map((part) => (/^`[^`]+`$/.test(part) ? code(part.slice(1, -1)) : escaped(part))).join('');
}

function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|]/g, (character) => (character === '<' ? '&lt;' : `\\${character}`));
}

/** A fence of more backticks than the code has; a cell ends at a bar even inside of code. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = longest > 0 ? ' ' : '';
  return `${fence}${padding}${text.replaceAll('|', '\\|')}${padding}${fence}`;
}
