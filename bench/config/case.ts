/**
 * One loading and validating of the configuration of many plugins: `node case.ts panotti 200`, or with `peer` what one would write by hand for the
 * same documents. Each plugin has a class of its own with twenty options, all of them written in plugins.yaml. Prints the CPU time of it in a fresh
 * process, as a server's start has it.
 */
import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { IsBoolean, IsIn, IsInt, IsString, Min, validateSync } from 'class-validator';
import { parseDocument } from 'yaml';
import { loadConfiguration } from '../../dist/config/index.js';
import { prepareCatalog } from '../../dist/host/index.js';
import { IsByteSize, IsDuration, Nested, Plugin } from '../../dist/index.js';

const [, , side, argument] = process.argv;
const count = Number(argument);

/** Sixteen options and a nested class of four. */
function configClass(): Type<object> {
  const Inner = class {
    on = true;
    level = 1;
    name = '';
    limit = 10;
  };
  IsBoolean()(Inner.prototype, 'on');
  IsInt()(Inner.prototype, 'level');
  IsString()(Inner.prototype, 'name');
  Min(0)(Inner.prototype, 'limit');
  const fields = Array.from({ length: 4 }, (_, index) => index);
  class Config {
    inner = new Inner();
    constructor() {
      for (const index of fields)
        Object.assign(this, { [`text${index}`]: '', [`size${index}`]: 1, [`wait${index}`]: 1, [`word${index}`]: 'a' });
    }
  }
  const { prototype } = Config;
  Nested(() => Inner)(prototype, 'inner');
  for (const index of fields) {
    IsString()(prototype, `text${index}`);
    IsByteSize({ max: '1GiB' })(prototype, `size${index}`);
    IsDuration({ max: '1h' })(prototype, `wait${index}`);
    IsIn(['a', 'b'])(prototype, `word${index}`);
  }
  return Config;
}

const SETTINGS = [
  ...[0, 1, 2, 3].map(
    (index) => `text${index}: text\n    size${index}: 10MB\n    wait${index}: 1m30s\n    word${index}: b`,
  ),
  'inner: { on: false, level: 2, name: n, limit: 3 }',
].join('\n    ');

/** What the texts with units stand for: the peer does not read them. */
const QUANTITIES = Object.fromEntries(
  [0, 1, 2, 3].flatMap((index) => [
    [`size${index}`, 10_000_000],
    [`wait${index}`, 90],
  ]),
);

const names = Array.from({ length: count }, (_, index) => `plugin-${index}`);
const classes = names.map(configClass);
const directory = mkdtempSync(join(tmpdir(), 'panotti-bench-config-'));
const file = join(directory, 'plugins.yaml');
writeFileSync(file, names.map((name) => `${name}:\n  settings:\n    ${SETTINGS}\n`).join(''));

/** Files, places, units, checks, frozen instances, and a report of everything that is wrong. */
async function panotti(): Promise<void> {
  const configuration = await loadConfiguration({ configDirectory: directory, dataDirectory: directory }, {});
  using catalog = await prepareCatalog({ configuration, embedded: plugins });
  if (catalog.problems.length > 0 || catalog.entries.size !== count) throw new Error(catalog.report());
}

/** The least that reads and validates the same: no places, no units, nothing about what is not known. */
async function peer(): Promise<void> {
  const document = parseDocument(readFileSync(file, 'utf8')).toJS() as Record<string, { settings: { inner: object } }>;
  for (const [index, name] of names.entries()) {
    const type = classes[index] as Type<{ inner: object }>;
    const instance = new type();
    const { inner, ...settings } = document[name]?.settings ?? { inner: {} };
    Object.assign(instance.inner, inner);
    Object.assign(instance, settings, QUANTITIES);
    if (validateSync(instance).length > 0) throw new Error(`The settings of ${name} are refused.`);
  }
}

const plugins = classes.map((config, index) => {
  const Plain = class {};
  Plugin({ name: names[index] ?? '', version: '1.0.0', config })(Plain);
  return Plain;
});
const run = side === 'peer' ? peer : panotti;

// What was loaded up to here is collected now: otherwise the marking of all of it falls into the time that is measured, or not, by chance.
if (typeof globalThis.gc === 'function') globalThis.gc();
const before = process.cpuUsage();
await run();
const { user, system } = process.cpuUsage(before);
rmSync(directory, { recursive: true });
console.log(JSON.stringify({ cpuMs: (user + system) / 1_000 }));
