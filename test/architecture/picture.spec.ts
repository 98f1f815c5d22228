import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALLOWED_IMPORTS } from './rules/arrows.js';

const ENTRIES: Readonly<Record<string, string>> = { index: 'index.ts', main: 'main.ts', app: 'app.module.ts' };

/** `a --> b --> c & d` is three arrows. */
function arrowsOf(line: string): [from: string, to: string][] {
  const steps = line.split('-->').map((step) => step.split('&').map((name) => ENTRIES[name.trim()] ?? name.trim()));
  return steps
    .slice(1)
    .flatMap((targets, index) =>
      (steps[index] ?? []).flatMap((from) => targets.map((to): [string, string] => [from, to])),
    );
}

describe('the picture of the rooms in docs/architecture.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/architecture.md'), 'utf8');
  const picture = page.slice(page.indexOf('flowchart TD'), page.indexOf('```', page.indexOf('flowchart TD')));
  const arrows = picture.split('\n').flatMap(arrowsOf);

  it('draws arrows', () => {
    expect(arrows.length).toBeGreaterThan(15);
  });

  it.each(arrows)('draws no arrow from %s to %s unless there may be one', (from, to) => {
    expect(ALLOWED_IMPORTS[from]).toContain(to);
  });
});
