import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OutsidePackages } from '../../support/outside-packages.js';

const root = fileURLToPath(new URL('../../outside/', import.meta.url));
const subjects = readdirSync(root, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

describe('packages that only tests need', () => {
  it.each(subjects)('%s is private, has a lock of its own and is described in the README of the folder', (subject) => {
    const manifest = JSON.parse(readFileSync(`${root}${subject}/package.json`, 'utf8')) as { private?: boolean };
    const lock = readFileSync(`${root}${subject}/package-lock.json`, 'utf8');
    expect(manifest.private).toBe(true);
    expect(lock).not.toContain('"resolved"');
    expect(readFileSync(`${root}README.md`, 'utf8')).toContain(`| \`${subject}\` |`);
  });

  it('a subject that does not exist is an error, and no reason to skip a test', () => {
    expect(() => new OutsidePackages('nowhere')).toThrow('There is no test/outside/nowhere');
  });
});
