/** Open file descriptors of the process and their limit, as Linux shows them in `/proc`. */
import { readdirSync, readFileSync } from 'node:fs';

const DESCRIPTORS = '/proc/self/fd';
const LIMITS = '/proc/self/limits';
const SOFT_LIMIT = /^Max open files\s+(\d+|unlimited)/m;

export interface DescriptorReadings {
  readonly open: () => number;
  /** `Infinity`: there is none. */
  readonly limit: () => number;
}

/** `undefined` where the system does not show them. */
export function openDescriptors(): DescriptorReadings | undefined {
  const readings = { open: countOpen, limit: readLimit };
  try {
    return Number.isNaN(readings.open() + readings.limit()) ? undefined : readings;
  } catch {
    return undefined;
  }
}

/** The listing itself holds one. */
function countOpen(): number {
  return readdirSync(DESCRIPTORS).length - 1;
}

function readLimit(): number {
  const limit = SOFT_LIMIT.exec(readFileSync(LIMITS, 'utf8'))?.[1];
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}
