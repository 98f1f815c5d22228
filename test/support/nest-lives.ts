/** Whole lives of a module, natively and as a plugin: for rows about starts, hooks and ends, where each needs applications of its own. */
import type { NestApplicationContext } from '@nestjs/core';
import { messageOf } from '../../src/common/index.js';
import { PluginHost } from '../../src/index.js';
import { type Difference, itIsBoth, type Setup, type Side, startHosted, startNative } from './nest-words.js';

/** What happened, in its order. */
export type Tell = (what: string) => void;

interface Life {
  readonly told: readonly string[];
  /** First line of what kept it from starting. */
  readonly failed?: string;
}

/** A row about one life. */
export interface LifeWord {
  readonly title: string;
  readonly live: (tell: Tell) => Setup;
  /** What happens between start and end. */
  readonly meanwhile?: (side: Side, tell: Tell) => unknown;
  /** What the application is closed with. */
  readonly signal?: string;
  readonly is: { readonly told?: readonly string[]; readonly failed?: unknown };
  readonly differs?: Difference;
}

/** One test for each row. */
export function describeLives(title: string, words: readonly LifeWord[]): void {
  describe(`${title}, natively and in a plugin`, () => {
    for (const word of words) {
      const is = { told: [], ...word.is };
      itIsBoth(word.title, is, word.differs, (kind) => lived(kind, word));
    }
  });
}

async function lived(kind: Side['kind'], { live, meanwhile, signal }: LifeWord): Promise<Life> {
  const told: string[] = [];
  const tell: Tell = (what) => void told.push(what);
  const setup = live(tell);
  let side: Side;
  try {
    side = kind === 'native' ? await startNative(setup) : await startHosted(setup);
  } catch (error) {
    return { told, failed: firstLine(messageOf(error)) };
  }
  const { reason } = kind === 'plugin' ? side.app.get(PluginHost).plugin('words') : { reason: undefined };
  try {
    if (reason === undefined) await meanwhile?.(side, tell);
  } finally {
    await (side.app as unknown as NestApplicationContext)
      .close(signal)
      .catch((error: unknown) => tell(`close: ${messageOf(error)}`));
  }
  return { told, ...(reason !== undefined && { failed: firstLine(reason) }) };
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
