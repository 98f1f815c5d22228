/** A site with plugins as npm packages, and the packages that they need hoisted beside them, as npm lays them out. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { OutsidePackages } from './outside-packages.js';

const APPLICATION = join(import.meta.dirname, '../fixtures/outside-nest/application.js');

/** What the application has seen, by the moment: what each plugin answered, or its state with the reason. */
export interface Lives {
  readonly started: Record<string, string>;
  readonly restarted: Record<string, string>;
  readonly afterReload: Record<string, string>;
  readonly oneStopped: Record<string, string>;
  /** Nest modules that three more restarts have added. */
  readonly grown: number;
  readonly metrics: string;
  readonly metricsOfOne: string;
  readonly health: string;
  /** Modules of plugins that are still there when all have stopped. */
  readonly left: readonly string[];
  readonly unclean: readonly string[];
}

/** Imports that each body can use, and `declare`, which makes a plugin that answers what `use` returns. */
const HEADER = `
import { Controller, Get, Global, Inject, Injectable, Module } from '@nestjs/common';
import { IsInt } from 'class-validator';
import { Plugin } from 'panotti';
import 'reflect-metadata';

class Config { round = 1; }
IsInt()(Config.prototype, 'round');
Reflect.defineMetadata('design:type', Number, Config.prototype, 'round');

function declare({ imports = [], providers = [], inject = [], use, plugin = {} }) {
  class Uses {
    constructor(...injected) { this.injected = injected; }
    async answer() { return { answer: await use(...this.injected) }; }
  }
  Get()(Uses.prototype, 'answer', Object.getOwnPropertyDescriptor(Uses.prototype, 'answer'));
  Controller()(Uses);
  inject.forEach((token, index) => Inject(token)(Uses, undefined, index));
  class TestPlugin {}
  Plugin({ name: NAME, version: '1.0.0', config: Config, imports, providers, controllers: [Uses], ...plugin })(TestPlugin);
  return TestPlugin;
}
`;

export class OutsideSite implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    readonly plugins: readonly string[],
  ) {}

  /**
   * @param plugins the body of the module of each plugin, by its name; it has \`NAME\`, and \`declare\` of the header
   * @param packages whose packages are hoisted beside the plugins
   */
  static async with(plugins: Readonly<Record<string, string>>, packages: OutsidePackages): Promise<OutsideSite> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'panotti-outside-')));
    const site = new OutsideSite(folder, Object.keys(plugins));
    await mkdir(join(folder, 'config'));
    await mkdir(join(folder, 'node_modules'));
    await site.#hoist(join(packages.directory, 'node_modules'));
    const names = site.plugins.map((name) => `panotti-plugin-${name}`);
    await writeFile(
      join(folder, 'config/panotti.yaml'),
      `plugins: { packages: [${names.join(', ')}] }\nstorage: { driver: memory }\ntelemetry: { logLevel: silent, watchdog: false }\n`,
    );
    for (const [name, body] of Object.entries(plugins)) await site.#install(name, body);
    return site;
  }

  /** Takes the plugins through start, use, restart, reload and stop, in a process that has to end by itself. */
  async live(): Promise<Lives> {
    const { stdout } = await promisify(execFile)(process.execPath, [APPLICATION, this.folder, ...this.plugins], {
      cwd: this.folder,
      maxBuffer: 64 * 1024 * 1024,
    });
    // Some packages write to the standard output as well.
    return JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)) as Lives;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Each package as a link: Node takes its real path, beside which the second copies of Nest are. */
  async #hoist(from: string): Promise<void> {
    for (const entry of await readdir(from)) {
      const names = entry.startsWith('@')
        ? (await readdir(join(from, entry))).map((name) => `${entry}/${name}`)
        : [entry];
      for (const name of names.filter((one) => !one.startsWith('.'))) {
        await mkdir(dirname(join(this.folder, 'node_modules', name)), { recursive: true });
        await symlink(join(from, name), join(this.folder, 'node_modules', name));
      }
    }
  }

  async #install(name: string, body: string): Promise<void> {
    const folder = join(this.folder, 'node_modules', `panotti-plugin-${name}`);
    await mkdir(folder);
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ name: `panotti-plugin-${name}`, type: 'module', main: 'index.js' }),
    );
    await writeFile(join(folder, 'index.js'), `const NAME = '${name}';\n${HEADER}\n${body}\n`);
  }
}
