/**
 * `SchedulerRegistry` of @nestjs/schedule, one for each start of a plugin: which classes of that package a module meets, and what they get.
 * The classes are known by their methods, because a plugin may bring a copy of the package.
 */
import type { Type } from '@nestjs/common';

/** What is used of it. */
export interface SchedulerRegistry {
  addCronJob(name: string, job: object): void;
  addInterval(name: string, handle: object): void;
  addTimeout(name: string, handle: object): void;
  getCronJobs(): ReadonlyMap<string, unknown>;
  getIntervals(): string[];
  getTimeouts(): string[];
  deleteCronJob(name: string): void;
  deleteInterval(name: string): void;
  deleteTimeout(name: string): void;
}

type SchedulerPart = 'registry' | 'explorer' | 'orchestrator';

const METHODS: Readonly<Record<SchedulerPart, readonly string[]>> = {
  registry: [
    'addCronJob',
    'addInterval',
    'addTimeout',
    'getCronJobs',
    'deleteCronJob',
    'deleteInterval',
    'deleteTimeout',
  ],
  explorer: ['explore', 'lookupSchedulers'],
  orchestrator: ['addCron', 'mountCron', 'mountIntervals', 'mountTimeouts'],
};

/** What a class of the package is; `undefined` for every other class. */
export function schedulerPartOf(token: Type<object>): SchedulerPart | undefined {
  const prototype: unknown = token.prototype;
  if (typeof prototype !== 'object' || prototype === null) return undefined;
  // Looked at, not called: a getter of a foreign class must not run.
  const has = (method: string): boolean =>
    typeof Object.getOwnPropertyDescriptor(prototype, method)?.value === 'function';
  return (Object.keys(METHODS) as SchedulerPart[]).find((part) => METHODS[part].every(has));
}

/** Ends everything that is in it, jobs that the plugin has added included. */
export function emptyRegistry(registry: SchedulerRegistry): void {
  for (const name of registry.getCronJobs().keys()) registry.deleteCronJob(name);
  for (const name of registry.getIntervals()) registry.deleteInterval(name);
  for (const name of registry.getTimeouts()) registry.deleteTimeout(name);
}
