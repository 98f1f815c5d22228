/** The key of encrypted values: where it is looked for, which forms it may have, and how a new one is made. */
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { readFileSync, statSync, type Stats } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { ConfigurationKeyError } from '../config.errors.js';
import { problemAt, type ConfigurationProblem } from '../configuration-problem.js';
import { variable, type Environment, environmentOrigin } from '../environment.js';
import { KEY_BYTES, KEY_FORM, keyBytes } from './key-bytes.js';

const KEY_VARIABLE = 'PANOTTI_CONFIG_KEY';
const FILE_VARIABLE = 'PANOTTI_CONFIG_KEY_FILE';

/** A key in any of its forms, and some white space. */
const LARGEST_KEY_FILE_BYTES = 1_024;
const READABLE_OR_WRITABLE_BY_OTHERS = 0o006;

/** Either the key, or the reason why there is no key: a clause without the key and without the content of the file. */
export type KeyLookup =
  { readonly key: KeyObject; readonly warnings: readonly ConfigurationProblem[] } | { readonly reason: string };

/**
 * The key in `PANOTTI_CONFIG_KEY`, or in the file that `PANOTTI_CONFIG_KEY_FILE` names: 32 bytes as base64 or as 64 hexadecimal digits.
 * Reads the file each time it is called.
 */
export function lookUpKey(environment: Environment): KeyLookup {
  const given = variable(environment, KEY_VARIABLE);
  const file = variable(environment, FILE_VARIABLE);
  if (given && file) return { reason: `${KEY_VARIABLE} and ${FILE_VARIABLE} are both set; set one of them` };
  if (given) return parsed(given, KEY_VARIABLE, []);
  if (file) return inFile(file);
  return { reason: `no key is set; set ${KEY_VARIABLE} or ${FILE_VARIABLE}` };
}

/** @throws ConfigurationKeyError when there is no usable key */
export function requireKey(environment: Environment): {
  readonly key: KeyObject;
  readonly warnings: readonly ConfigurationProblem[];
} {
  const found = lookUpKey(environment);
  if ('reason' in found) throw new ConfigurationKeyError(found.reason);
  return found;
}

/** A fresh key of 256 random bits, as base64. */
export function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/**
 * Writes a fresh key to a file that only its owner can read. The file must not be there yet: a key that is lost takes its values with it.
 *
 * @throws Error of the file system, with code `EEXIST` when the file is there
 */
export async function writeNewKey(file: string): Promise<void> {
  await writeFile(file, `${newKey()}\n`, { flag: 'wx', mode: 0o600 });
}

function inFile(file: string): KeyLookup {
  try {
    const found = statSync(file);
    if (!found.isFile() || found.size > LARGEST_KEY_FILE_BYTES)
      return { reason: `${FILE_VARIABLE} names something that is not a key file` };
    return parsed(readFileSync(file, 'utf8'), `the file that ${FILE_VARIABLE} names`, permissionWarnings(found));
  } catch {
    return { reason: `the file that ${FILE_VARIABLE} names cannot be read` };
  }
}

function parsed(text: string, where: string, warnings: readonly ConfigurationProblem[]): KeyLookup {
  const bytes = keyBytes(text);
  if (bytes) return { key: createSecretKey(bytes), warnings };
  return { reason: `${where} must hold ${KEY_FORM}` };
}

/** Windows has no such bits: Node makes them up. */
function permissionWarnings({ mode }: Stats): ConfigurationProblem[] {
  if (process.platform === 'win32' || (mode & READABLE_OR_WRITABLE_BY_OTHERS) === 0) return [];
  const message = 'the key file can be read or changed by every user of the machine; run chmod 600 on it';
  return [problemAt(environmentOrigin(FILE_VARIABLE), FILE_VARIABLE, message)];
}
