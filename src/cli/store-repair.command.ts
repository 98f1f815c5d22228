/** `panotti store repair`. */
import { resolve } from 'node:path';
import { bindOrThrow, type Configuration } from '../config/index.js';
import { ServerOptions } from '../lifecycle/index.js';
import { recordCodecOf, repairStore } from '../storage/index.js';

/** @returns what was done, for a person */
export async function repairConfiguredStore({ host, directories }: Configuration): Promise<string> {
  const { storage } = bindOrThrow(host, ServerOptions, []);
  const path = resolve(directories.dataDirectory, storage.path);
  const { keptAs, entries, records, lost } = await repairStore(path, recordCodecOf(storage.encryption));
  return [
    `The store ${path} has been built anew with ${entries} events and ${records} records.`,
    ...keptAs.map((file) => `Kept: ${file}`),
    lost.length === 0 ? 'Nothing was lost that can be told.' : `Lost or damaged, ${lost.length} in all:`,
    ...lost.map((line) => `  ${line}`),
  ].join('\n');
}
