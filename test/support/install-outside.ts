/** Installs the packages in `test/outside`, those that are already installed as their lock says aside: `npm run test:outside`, with subjects as arguments or all. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../outside/', import.meta.url));
const MARKER = join('node_modules', '.installed-lock');

function lockHash(directory: string): string {
  return createHash('sha256')
    .update(readFileSync(join(directory, 'package-lock.json')))
    .digest('hex');
}

function isCurrent(directory: string): boolean {
  try {
    return readFileSync(join(directory, MARKER), 'utf8') === lockHash(directory);
  } catch {
    return false;
  }
}

const known = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const chosen = process.argv.length > 2 ? process.argv.slice(2) : known;
const unknown = chosen.filter((subject) => !known.includes(subject));
if (unknown.length > 0) {
  process.stderr.write(`There is no test/outside/${unknown.join(', ')}; known are ${known.join(', ')}.\n`);
  process.exit(64);
}

for (const subject of chosen) {
  const directory = join(ROOT, subject);
  if (isCurrent(directory)) continue;
  process.stdout.write(`Installing test/outside/${subject} …\n`);
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: directory,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(join(directory, MARKER), lockHash(directory));
}
