/** Tells one start of the machine from the next. */
import { readFileSync } from 'node:fs';

/** Linux makes a new one at each boot. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** @returns `undefined` where the system has none */
export function bootId(): string | undefined {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
