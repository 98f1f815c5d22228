/** `panotti store repair`. */
import { resolve } from 'node:path';
import { bindOrThrow } from '../../config/index.js';
import { ServerOptions } from '../../lifecycle/index.js';
import { recordCodecOf, repairStore } from '../../storage/index.js';
import type { CommandCall } from '../command/command.js';
import { openConfiguration } from '../access/open-catalog.js';

export async function storeRepair({ options, context }: CommandCall): Promise<void> {
  const { host, directories } = await openConfiguration(options, context);
  const { storage } = bindOrThrow(host, ServerOptions, []);
  const path = resolve(directories.dataDirectory, storage.path);
  const { keptAs, entries, records, lost } = await repairStore(path, recordCodecOf(storage.encryption));
  const lines = [
    `The store ${path} has been rebuilt with ${entries} events and ${records} records.`,
    ...keptAs.map((file) => `Kept: ${file}`),
    lost.length === 0 ? 'No loss was found.' : `Lost or damaged, ${lost.length} in all:`,
    ...lost.map((line) => `  ${line}`),
  ];
  context.terminal.out(`${lines.join('\n')}\n`);
}
