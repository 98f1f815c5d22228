/** `npm run docs`: writes docs/reference from the built code. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referencePages, type ReferenceSources } from './reference-pages.ts';

const directory = join(import.meta.dirname, '../../docs/reference');
const lifecycle = (await import(new URL('../../dist/lifecycle/index.js', import.meta.url).href)) as ReferenceSources;
await mkdir(directory, { recursive: true });
for (const [name, text] of Object.entries(referencePages(lifecycle))) await writeFile(join(directory, name), text);
