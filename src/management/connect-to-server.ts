/** Finds the server that has a data directory, if one runs. */
import { messageOf } from '../common/index.js';
import type { EventOperations } from '../events/index.js';
import { ControlSocket } from './control-socket.js';
import { ControlChannelError } from './management.errors.js';
import { SocketEventOperations } from './socket-event-operations.js';

/** Nobody is there: no socket, or one that a killed server has left. */
const NOBODY = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED']);

/**
 * @param dataDirectory absolute
 * @returns the operations, to be disposed; `undefined` when no server listens there
 * @throws ControlChannelError when one may, and cannot be reached
 */
export async function connectToServer(dataDirectory: string): Promise<(EventOperations & Disposable) | undefined> {
  if (process.platform === 'win32') return undefined;
  const socket = new ControlSocket(dataDirectory);
  try {
    const address = socket.address();
    if (address === undefined) return undefined;
    const operations = new SocketEventOperations(socket, address);
    await operations.reach();
    return operations;
  } catch (error) {
    socket[Symbol.dispose]();
    if (NOBODY.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error instanceof ControlChannelError
      ? error
      : ControlChannelError.unreachable(socket.path, messageOf(error), error);
  }
}
