/** Rows about `@nestjs/config`, which is installed for tests alone: each has an environment and a folder of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import { type Difference, itIsBoth, startNative, startPlugin } from './nest-words.js';
import { OutsidePackages } from './outside-packages.js';

export type Imports = NonNullable<ModuleMetadata['imports']>;
type Imported = Imports[number];
export type Values = Record<string, unknown>;
export type Load = (() => unknown) & { readonly KEY: string; asProvider(): FactoryProvider & { imports: Imports } };

export interface Options {
  readonly isGlobal?: boolean;
  readonly load?: readonly (() => unknown)[];
  readonly validate?: (values: Values) => Values;
  readonly validationSchema?: object;
  readonly ignoreEnvFile?: boolean;
  readonly ignoreEnvVars?: boolean;
  readonly envFilePath?: string | readonly string[];
  readonly expandVariables?: boolean;
  readonly override?: boolean;
  readonly cache?: boolean;
  readonly skipProcessEnv?: boolean;
}

export interface Service {
  get(path: string, otherwise?: unknown): unknown;
  getOrThrow(path: string): unknown;
  set(path: string, value: unknown): void;
  readonly changes$: { subscribe(next: (change: unknown) => void): unknown };
}

/** What is used of the package, whose types are not there where it is not installed. */
interface Package {
  readonly ConfigModule: { forRoot(options?: Options): Imported; forFeature(load: () => unknown): Imported };
  readonly ConfigService: new () => Service;
  readonly ConditionalModule: {
    registerWhen(module: Imported, when: string | ((values: Values) => boolean), options: object): Imported;
  };
  registerAs(name: string, load: () => unknown): Load;
}

/** The package brings a copy of `@nestjs/common` of its own, of which only decorators are used: their marks are those of any copy. */
export const PACKAGE = new OutsidePackages('nest');
export const { ConfigModule, ConfigService, ConditionalModule, registerAs } = (
  PACKAGE.areInstalled ? await import(PACKAGE.resolve('@nestjs/config')) : {}
) as Package;

export interface Given {
  /** Of the module. By default `forRoot` with the options. */
  readonly imports?: (folder: string) => Imports;
  readonly options?: Options | ((folder: string) => Options);
  /** Of the application, beside the module. */
  readonly beside?: () => Imports;
  /** Set in the environment, by their names. */
  readonly variables?: Readonly<Record<string, string>>;
  /** In a folder of the row, by their names. */
  readonly files?: Readonly<Record<string, string>>;
  /** What is injected beside the service; missing ones are `undefined`. */
  readonly inject?: () => readonly string[];
}

export type Read = (config: Service, ...injected: unknown[]) => unknown;

/** A row about what a provider of the module reads. */
export function itReads(title: string, given: Given, is: unknown, read: Read, differs?: Difference): void {
  const { imports, options = {}, beside, variables = {}, files = {}, inject = () => [] } = given;
  itIsBoth(title, is, differs, async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'panotti-config-'));
    const before = new Set(Object.keys(process.env));
    Object.assign(process.env, variables);
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const reader: FactoryProvider = {
      provide: 'READ',
      inject: [ConfigService, ...inject().map((token) => ({ token, optional: true }))],
      useFactory: (config: Service, ...injected) => ({ read: () => read(config, ...(injected as unknown[])) }),
    };
    const forRoot = (): Imported =>
      ConfigModule.forRoot({ ignoreEnvFile: true, ...(typeof options === 'function' ? options(folder) : options) });
    try {
      const side = await { native: startNative, plugin: startPlugin }[kind]({
        define: () => ({ imports: imports?.(folder) ?? [forRoot()], providers: [reader] }),
        ...(beside && { beside }),
      });
      try {
        return await side.ref.get<{ read: () => unknown }>('READ').read();
      } finally {
        await side.app.close();
      }
    } finally {
      for (const name of Object.keys(process.env)) if (!before.has(name)) delete process.env[name];
      await rm(folder, { recursive: true });
    }
  });
}
