/** A redis-server of our own, which writes each command to the disk before it answers, on a socket in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

export interface RedisServer extends AsyncDisposable {
  readonly socket: string;
}

export async function startRedis(): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), 'panotti-redis-'));
  const socket = join(directory, 'redis.sock');
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const child = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--dir', directory, ...durable], {
    stdio: 'ignore',
  });
  for (let attempt = 0; !existsSync(socket); attempt++) {
    if (attempt > 500 || child.exitCode !== null) throw new Error('redis-server did not start.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    socket,
    [Symbol.asyncDispose]: async () => {
      const over = once(child, 'exit');
      child.kill('SIGTERM');
      await over;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
