/** `npm run docs`: writes docs/reference and config/schema.json from the built code, and the picture of the rooms from the table of arrows. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { configurationPages, type ConfigurationSources } from './configuration-pages.ts';
import { referencePages, type ReferenceSources } from './reference-pages.ts';
import { withRoomPicture } from './room-picture.ts';

const ROOT = join(import.meta.dirname, '../..');

async function built(path: string): Promise<unknown> {
  return import(new URL(`../../dist/${path}/index.js`, import.meta.url).href);
}

const names = await readdir(join(ROOT, 'dist/plugins'));
const [config, lifecycle, host, plugin, ...plugins] = await Promise.all(
  ['config', 'lifecycle', 'host', 'plugin', ...names.map((name) => `plugins/${name}`)].map(built),
);
const sources = { config, lifecycle, host, plugin, plugins } as ConfigurationSources;
const states = Object.entries(referencePages(lifecycle as ReferenceSources)).map(
  ([name, text]) => [`docs/reference/${name}`, text] as const,
);
for (const [path, text] of [...states, ...Object.entries(configurationPages(sources))]) {
  await mkdir(dirname(join(ROOT, path)), { recursive: true });
  await writeFile(join(ROOT, path), text);
}
const architecture = join(ROOT, 'docs/architecture.md');
await writeFile(architecture, withRoomPicture(await readFile(architecture, 'utf8')));
