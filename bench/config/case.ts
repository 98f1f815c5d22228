/**
 * One loading and validating of the configuration of many plugins: `node case.ts 200`. Each has a class of its own with twenty options, all
 * of them written in plugins.yaml. Prints the CPU time of it in a fresh process, as a server's start has it.
 */
import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { IsBoolean, IsIn, IsInt, IsString, Min } from 'class-validator';
import { loadConfiguration } from '../../dist/config/index.js';
import { prepareCatalog } from '../../dist/host/index.js';
import { IsByteSize, IsDuration, Nested, Plugin } from '../../dist/index.js';

const count = Number(process.argv[2]);

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

const names = Array.from({ length: count }, (_, index) => `plugin-${index}`);
const plugins = names.map((name) => {
  const Plain = class {};
  Plugin({ name, version: '1.0.0', config: configClass() })(Plain);
  return Plain;
});
const directory = mkdtempSync(join(tmpdir(), 'panotti-bench-config-'));
writeFileSync(
  join(directory, 'plugins.yaml'),
  names.map((name) => `${name}:\n  settings:\n    ${SETTINGS}\n`).join(''),
);

// What was loaded up to here is collected now: otherwise the marking of all of it falls into the time that is measured, or not, by chance.
if (typeof globalThis.gc === 'function') globalThis.gc();
const before = process.cpuUsage();
const configuration = await loadConfiguration({ configDirectory: directory, dataDirectory: directory }, {});
using catalog = await prepareCatalog({ configuration, embedded: plugins });
const { user, system } = process.cpuUsage(before);
rmSync(directory, { recursive: true });
if (catalog.problems.length > 0 || catalog.entries.size !== count) throw new Error(catalog.report());
console.log(JSON.stringify({ cpuMs: (user + system) / 1_000 }));
