/** Takes over the sessions that earlier versions of the plugin kept as one JSON file each. */
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggerService } from '@nestjs/common';
import { unitOfWork, type PluginStore } from 'panotti';
import type { Recording } from './recording.js';

/** In one commit; then the folder is called `sessions.taken-over` and not looked at again. A broken file is reported and stays there. */
export async function takeOverSessionFiles(
  folder: string,
  sessions: PluginStore<Recording>,
  logger: LoggerService,
): Promise<void> {
  const files = await readdir(folder).catch((error: unknown) => {
    if (Error.isError(error) && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!files) return;
  await unitOfWork(async () => {
    for (const file of files.filter((name) => name.endsWith('.json'))) {
      const id = file.slice(0, -'.json'.length);
      try {
        // The store checks it.
        const recording = JSON.parse(await readFile(join(folder, file), 'utf8')) as Recording;
        if (recording.id !== id) throw new Error('the id inside is not that of the file');
        if (!(await sessions.get(id))) await sessions.put(id, recording);
      } catch (error) {
        logger.warn(`The session file ${file} is ignored: ${Error.isError(error) ? error.message : String(error)}`);
      }
    }
  });
  await rename(folder, `${folder}.taken-over`);
}
