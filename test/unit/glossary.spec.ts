/** The words of the pages: each term has one meaning, and each thing one word. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSources } from '../architecture/rules/source-file.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...['docs', 'docs/guide'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

const SOURCES = readSources(join(ROOT, 'src')).map(({ text }) => text);

/** A page with an X for each piece of code, where a word may be the name of something. */
const proseOf = (page: string): string =>
  read(page)
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, 'X');

const TERMS = [...read('docs/glossary.md').matchAll(/^\| (?!term \|)([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, term = '', meaning = '']) => ({ term, meaning }),
);

/** Second words for a thing that has one already. */
const SYNONYMS: readonly (readonly [word: RegExp, term: string])[] = [
  [/\b(?:add-?on|extension)s?\b/i, 'plugin'],
  [/\bdead-letter queue|\bDLQ\b/i, 'dead letter'],
  [/\b(?:subscriber|consumer)s?\b/i, 'subscription'],
  [/\b(?:redeliver(?:y|ed)?|retrial)\b/i, 'retry or replay'],
  [/\bpoison (?:message|pill)s?\b/i, 'an event that ends the process'],
  [/\btopics?\b/i, 'name of an event'],
  [/\b(?:partition(?:ing)?|ordering) keys?\b/i, 'key'],
  [/\bcheckpoints?\b/i, 'cursor'],
  [/\b(?:trace|request) id\b/i, 'correlation id'],
  [/\bparent id\b/i, 'causation id'],
  [/\bplugin descriptors?\b/i, 'manifest'],
  [/\bupcaster\b/i, 'upcast'],
];

/** Words that a reader stumbles over, and what is written instead. */
const STUMBLING: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\banew\b/i, 'again'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\bmeanwhile\b/i, 'while …'],
  [/\b(?:whoever|whomever)\b/i, 'who, or the actor'],
  [/\bnobody\b/i, 'the actor, or "no …"'],
  [/\b(?:is|are) none\b/i, 'there is no …'],
  [/(?<!\bthere )\b(?:is|are) no (?!longer|more)/i, 'is not a …'],
  [/\bin its stead\b/i, 'instead'],
  [/\baffair\b/i, 'does not concern'],
  [/\bcarried on\b/i, 'converted, migrated'],
  [/\b(?:is|are) told\b/i, 'reported'],
];

describe('the glossary', () => {
  it('has each term once, in alphabetical order', () => {
    const terms = TERMS.map(({ term }) => term);

    expect(terms.length).toBeGreaterThan(50);
    expect(terms).toEqual([...new Set(terms)].toSorted((a, b) => a.localeCompare(b, 'en')));
  });

  it.each(['manifest', 'subscription', 'delivery', 'acknowledgement', 'retry', 'dead letter', 'replay', 'backlog'])(
    'explains the word "%s", which a reader of the guides meets first',
    (term) => expect(TERMS).toContainEqual({ term, meaning: expect.stringMatching(/\.$/) as string }),
  );

  it('has only terms that the other pages or the sources use', () => {
    const pages = PAGES.filter((page) => page !== 'docs/glossary.md').map(read);
    const text = [...pages, ...SOURCES].join('\n').toLowerCase();

    expect(TERMS.map(({ term }) => term).filter((term) => !text.includes(term))).toEqual([]);
  });
});

describe.each(PAGES)('%s', (page) => {
  it('uses the one word that the glossary has for each thing', () => {
    expect(SYNONYMS.flatMap(([word, term]) => linesWith(page, word, `"${term}"`))).toEqual([]);
  });

  it('uses plain and current words', () => {
    expect(STUMBLING.flatMap(([word, instead]) => linesWith(page, word, instead))).toEqual([]);
  });

  it('has paragraphs of at most five sentences, and bullets of at most two', () => {
    const tooLong = proseOf(page)
      .split('\n')
      .filter((line) => !line.startsWith('|'))
      .filter((line) => sentencesIn(line) > (line.startsWith('- ') ? 2 : 5));

    expect(tooLong).toEqual([]);
  });
});

describe('the table of verbs in CONTRIBUTING.md', () => {
  it('has only verbs that are methods in the sources', () => {
    const table = /^## Verbs$(.*?)^## /ms.exec(read('CONTRIBUTING.md'))?.[1] ?? '';
    const verbs = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
      Array.from(cell.matchAll(/`(\w+)`/g)),
    );
    const sources = SOURCES.join('\n');
    const unused = verbs
      .map(([, verb]) => verb)
      .filter(
        (verb) =>
          !new RegExp(`^  (?:(?:async|abstract|static|private|protected) )*#?${verb}(?:<.*>)?\\(`, 'm').test(sources),
      );

    expect(verbs.length).toBeGreaterThan(20);
    expect(unused).toEqual([]);
  });
});

function linesWith(page: string, word: RegExp, instead: string): string[] {
  return proseOf(page)
    .split('\n')
    .filter((line) => word.test(line))
    .map((line) => `${instead}: ${line}`);
}

/** Neither the number of a step nor a title in bold before the text is a sentence. */
function sentencesIn(line: string): number {
  const text = line.replace(/^(?:- |\d+\. )?(?:\*\*[^*]+\*\*)?/, '');
  return [...text.matchAll(/[.?!]["')*]*(?=\s+[A-Z*["(]|\s*$)/g)].length;
}
