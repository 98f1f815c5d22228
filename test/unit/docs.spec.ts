import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EXIT } from '../../src/common/index.js';
import { DurableOptions } from '../../src/events/durable/durable.options.js';
import type { BatchOptions, PublishOptions, RetryOptions, SubscriptionOptions } from '../../src/index.js';
import { codeBlocks } from '../support/markdown-blocks.js';

const ROOT = join(import.meta.dirname, '../..');
const GUIDE = await readFile(join(ROOT, 'docs/guide/operate.md'), 'utf8');
const GUARANTEES = await readFile(join(ROOT, 'docs/guarantees.md'), 'utf8');
const DURABLE = await readFile(join(ROOT, 'docs/guide/durable-events.md'), 'utf8');

/** A new option does not compile here until it is named, and then asks for its example. */
type Named<Options> = Readonly<Record<keyof Options, true>>;

const OPTIONS_OF_SUBSCRIPTIONS: Named<SubscriptionOptions> = {
  delivery: true,
  name: true,
  from: true,
  timeoutMs: true,
  retry: true,
  concurrency: true,
  key: true,
  batch: true,
};
const OPTIONS_OF_RETRIES: Named<RetryOptions> = {
  attempts: true,
  backoffMs: true,
  maxBackoffMs: true,
  retryable: true,
  final: true,
};
const OPTIONS_OF_BATCHES: Named<BatchOptions> = { size: true, waitMs: true };
const OPTIONS_OF_PUBLISHING: Named<PublishOptions> = {
  delayMs: true,
  priority: true,
  id: true,
  deduplicationKey: true,
};

describe('the guide for operators', () => {
  it('lists every exit code of the server', () => {
    const table = GUIDE.slice(
      GUIDE.indexOf('| exit code |'),
      GUIDE.indexOf('These are the codes of the server itself'),
    );
    const codes = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));

    expect(codes).toEqual(expect.arrayContaining(Object.values(EXIT)));
  });

  it('has a test for each row about what a plugin does to the process, and a row for each such test', async () => {
    const section = /^## A plugin that treats the process as its own$(.*?)^## /ms.exec(GUIDE)?.[1] ?? '';
    // Groups have a title in bold, and no test of their own.
    const rows = section
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| **') && !line.startsWith('| what '));
    const named = rows.map((row) => /\| `([a-z-]+)` \|$/.exec(row)?.[1] ?? `no test: ${row}`);

    expect(named.length).toBeGreaterThan(20);
    expect(named.toSorted()).toEqual([...(await rowsOfTests())].toSorted());
  });
});

describe('the pages', () => {
  it('link only to headings that exist', async () => {
    const folders = await Promise.all(['docs', 'docs/guide', 'docs/reference'].map(pagesIn));
    const pages = new Map(
      await Promise.all(
        ['README.md', 'CONTRIBUTING.md', ...folders.flat()].map(
          async (page) => [page, await readFile(join(ROOT, page), 'utf8')] as const,
        ),
      ),
    );
    const broken = [...pages].flatMap(([page, text]) =>
      [...text.matchAll(/\]\(([^):#]*)#([^)]+)\)/g)]
        .filter(([, path = '', anchor = '']) => {
          const target = pages.get(path === '' ? page : join(dirname(page), path)) ?? '';
          return !anchorsOf(target).includes(anchor);
        })
        .map(([link]) => `${page}: ${link}`),
    );

    expect(broken).toEqual([]);
  });
});

describe('the page of guarantees', () => {
  const rows = GUARANTEES.split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| promise |'))
    .map((line) => line.split(' | '));

  it('names a test for each promise', () => {
    const unproved = rows.filter(([, tests]) => !tests?.includes('`')).map(([promise]) => promise);

    expect(rows.length).toBeGreaterThan(50);
    expect(unproved).toEqual([]);
  });

  it('names only tests that exist', async () => {
    const events = await readdir(join(ROOT, 'test/unit/events'), { recursive: true });
    const named = rows.flatMap(([, tests = '']) => Array.from(tests.matchAll(/`([^`]+)`/g), ([, path = '']) => path));
    const missing = named.filter((path) =>
      path.includes('/') ? !existsSync(join(ROOT, path)) : !events.some((file) => basename(file) === path),
    );

    expect(missing).toEqual([]);
  });
});

describe('the guide to durable events', () => {
  const examples = codeBlocks(DURABLE)
    .filter(({ language }) => language === 'ts')
    .map(({ text }) => text)
    .join('\n');

  it.each(Object.keys({ ...OPTIONS_OF_SUBSCRIPTIONS, ...OPTIONS_OF_RETRIES, ...OPTIONS_OF_BATCHES }))(
    'has an example of a subscription with `%s`',
    (option) => expect(examples).toMatch(new RegExp(`@OnEvent\\([^;]*\\b${option}: `)),
  );

  it.each(Object.keys(OPTIONS_OF_PUBLISHING))('has an example of an event that is published with `%s`', (option) => {
    expect(examples).toMatch(new RegExp(`publish\\([^;]*\\b${option}\\b`));
  });

  it.each(Object.keys(new DurableOptions()))('sets the option `events.durable.%s`', (option) => {
    const yaml = codeBlocks(DURABLE).find(({ text }) => text.includes('  durable:'));

    expect(yaml?.text).toContain(`    ${option}: `);
  });

  it.each(Object.keys(new DurableOptions()))('leaves it to the guide for operators to explain `%s`', (option) => {
    expect(GUIDE).toContain(`| \`${option}\` |`);
  });
});

async function pagesIn(folder: string): Promise<string[]> {
  const names = await readdir(join(ROOT, folder));
  return names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`);
}

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): string[] {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What titles of the fault tests name as `[row: …]`; where a title takes it from a table, the first column of that table. */
async function rowsOfTests(): Promise<Set<string>> {
  const folder = join(ROOT, 'test/fault');
  const texts = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
  const titled = texts
    .flatMap(titlesIn)
    .flatMap((title) => Array.from(title.matchAll(/\[row: ([a-z-]+)\]/g), ([, row = '']) => row));
  const listed = texts
    .flatMap(tablesIn)
    .flatMap((table) => Array.from(table.matchAll(/^ +\['([a-z-]+)', /gm), ([, row = '']) => row));
  return new Set([...titled, ...listed]);
}

/** The strings after `it(`, `it.each(…)(` and `itWhere(…)(`, up to the function of the test. */
function titlesIn(text: string): string[] {
  return [...text.matchAll(/^ *(?:it\(|it\.each.*?\)\(|\]\)\()(.*?)(?:async )?\(/gms)].map(([, title = '']) => title);
}

/** Tables of tests whose title ends with `[row: %s]: …`. */
function tablesIn(text: string): string[] {
  return text.split(/^ *it\.each/m).filter((part) => /^\(\[\n(?: +\[.*\],\n)+ +\]\)\('[^']*\[row: %s\]/.test(part));
}
