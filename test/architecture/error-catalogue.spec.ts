import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogueViolations } from './rules/error-codes.js';
import { readSources } from './rules/source-file.js';

const pathOf = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const page = pathOf('docs/errors.md');

describe('the catalogue of errors', () => {
  it('explains every code that an error has, and no other', () => {
    expect(catalogueViolations(readSources(pathOf('src')), existsSync(page) ? readFileSync(page, 'utf8') : '')).toEqual(
      [],
    );
  });

  it('is held against every code in the sources, in both directions', () => {
    const files = [
      {
        path: 'host/host.errors.ts',
        text: "const CODES = ['HOST_BROKEN'];\nsuper({ code: 'HOST_LOST', message: 'NOT a code' });",
      },
      {
        path: 'host/catalog.ts',
        text: "if (error.code === 'ERR_SKIPPED') {}\nadd({ code: isOld ? 'HOST_OLD' : `HOST_NEW` });\nproblem('HOST_ODD', 'PANOTTI_DATA_DIR');",
      },
      { path: 'plugins/a/a.ts', text: "const header = 'NOT_A_CODE';\nsuper({ code: 'AUDIO_INVALID' });" },
    ];

    expect(
      catalogueViolations(files, '# Errors\n### HOST_LOST\nText\n### HOST_GONE\n### HOST_NEW\n### HOST_LOST'),
    ).toEqual([
      'src/host/host.errors.ts:1  HOST_BROKEN has no heading in docs/errors.md',
      'src/host/catalog.ts:2  HOST_OLD has no heading in docs/errors.md',
      'src/host/catalog.ts:3  HOST_ODD has no heading in docs/errors.md',
      'src/plugins/a/a.ts:2  AUDIO_INVALID has no heading in docs/errors.md',
      'docs/errors.md:4  HOST_GONE is given by no error',
      'docs/errors.md:6  HOST_LOST stands there twice',
    ]);
  });
});
