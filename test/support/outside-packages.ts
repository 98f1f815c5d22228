/**
 * Packages that only tests need. Each subject in `test/outside/` is a private package with a lock of its own, so that they are not
 * installed with the product. `npm run test:all` installs them; where they are missing, the tests that need them are skipped by name.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../outside/', import.meta.url));

export class OutsidePackages {
  /** The folder of the subject, which holds its `node_modules`. */
  readonly directory: string;

  /** @param subject name of a folder in `test/outside` */
  constructor(subject: string) {
    this.directory = join(ROOT, subject);
    if (!existsSync(join(this.directory, 'package-lock.json')))
      throw new Error(`There is no test/outside/${subject} with a package-lock.json.`);
  }

  /** True after a complete installation: npm writes this file last. */
  get areInstalled(): boolean {
    return existsSync(join(this.directory, 'node_modules', '.package-lock.json'));
  }

  /** Path of a command that one of the packages brings. */
  command(name: string): string {
    return join(this.directory, 'node_modules', '.bin', name);
  }

  /** Path of the file that `require` or `import` of a package from this folder loads. */
  resolve(specifier: string): string {
    return createRequire(join(this.directory, 'package.json')).resolve(specifier);
  }
}
