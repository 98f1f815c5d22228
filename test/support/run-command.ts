/** Runs a line of `panotti` in this process, on a terminal that keeps what is written. */
import { join } from 'node:path';
import { runCli } from '../../src/cli/run-cli.js';
import type { Surroundings } from '../../src/cli/command/surroundings.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a command runs in, without the terminal. */
export type CommandSurroundings = Omit<Surroundings, 'terminal'>;

export async function runCommand(args: readonly string[], surroundings: CommandSurroundings): Promise<Ran> {
  const written = { out: '', err: '' };
  const terminal = {
    out: (text: string) => void (written.out += text),
    err: (text: string) => void (written.err += text),
    isInteractive: false,
  };
  const code = await runCli(args, { ...surroundings, terminal });
  return { code, ...written };
}

/** A folder with `config`, `data` and `shipped`, of which each may be absent. */
export function surroundingsIn(root: string): CommandSurroundings {
  return {
    environment: { PANOTTI_CONFIG_DIR: join(root, 'config'), PANOTTI_DATA_DIR: join(root, 'data') },
    shipped: join(root, 'shipped'),
  };
}
