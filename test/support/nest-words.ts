/**
 * Tables of what Nest and its packages promise. Each row is observed in a plain Nest application and in a plugin: both have to be as the
 * row says. Where a plugin differs, the row has the id of an entry in `docs/guide/nest-differences.md` and says what the plugin does; it
 * fails when the entry is missing, and when the plugin behaves as Nest does after all.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExecutionContext, Module, type ModuleMetadata, type NestApplicationOptions } from '@nestjs/common';
import { ModuleRef, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Plugin, PluginHost, PluginHostModule, type PluginHostOptions } from '../../src/index.js';

/** The list of differences, for those who write plugins. */
export const NEST_DIFFERENCES = join(import.meta.dirname, '../../docs/guide/nest-differences.md');

type ServerSettings = NonNullable<ConstructorParameters<typeof FastifyAdapter>[0]>;

export interface Setup {
  /** The module, with classes of its own for each call: what one side counts, the other must not see. */
  readonly define: () => ModuleMetadata;
  /** What an application sets up before it is initialized. */
  readonly prepare?: (app: NestFastifyApplication) => unknown;
  /** Modules of the application that are no part of what is observed. */
  readonly beside?: () => NonNullable<ModuleMetadata['imports']>;
  readonly server?: ServerSettings;
  readonly application?: NestApplicationOptions;
  readonly host?: PluginHostOptions;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** One of the two places in which a module runs. */
export interface Side {
  readonly kind: 'native' | 'plugin';
  readonly app: NestFastifyApplication;
  /** Of the module itself. */
  readonly ref: ModuleRef;
  /** Sends a request to a path of the module. */
  ask(path: string, options?: RequestInit): Promise<Answer>;
}

/** What a plugin does instead, where it cannot do what Nest does. */
export interface Difference {
  /** Of the entry in the guide. */
  readonly id: string;
  readonly inPlugin: unknown;
}

export interface Word {
  readonly title: string;
  readonly observe: (side: Side) => unknown;
  /** What Nest promises; compared by `toEqual`, so it may have matchers. */
  readonly is: unknown;
  readonly differs?: Difference;
}

/** A row about one request. */
export interface AskedWord {
  readonly title: string;
  readonly ask: readonly [path: string, options?: RequestInit];
  readonly is: { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, unknown> };
  readonly differs?: Difference;
}

/** The ids of the entries in the guide, in their order. */
export function listedDifferences(): string[] {
  return [...readFileSync(NEST_DIFFERENCES, 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id]) => id!);
}

/** One test for each row, on a pair of applications that all of them share. */
export function describeWords(title: string, setup: Setup, words: readonly (Word | AskedWord)[]): void {
  describe(`${title}, natively and in a plugin`, () => {
    let sides: RunningSides;
    beforeAll(async () => {
      sides = await RunningSides.start(setup);
    });
    afterAll(() => sides[Symbol.asyncDispose]());

    for (const word of words) itIsBoth(word.title, word.is, word.differs, (kind) => observed(word, sides[kind]));
  });
}

/** The test of a row. */
export function itIsBoth(
  title: string,
  is: unknown,
  differs: Difference | undefined,
  observe: (kind: Side['kind']) => unknown,
): void {
  it(differs ? `${title} [${differs.id}]` : title, async () => {
    expect(await observe('native')).toEqual(is);
    const inPlugin = await observe('plugin');
    if (!differs) return expect(inPlugin).toEqual(is);
    expect(listedDifferences()).toContain(differs.id);
    expect(inPlugin).toEqual(differs.inPlugin);
    // Otherwise the entry of the guide is out of date.
    expect(inPlugin).not.toEqual(is);
  });
}

async function observed(word: Word | AskedWord, side: Side): Promise<unknown> {
  if ('observe' in word) return word.observe(side);
  const { status, headers, body } = await side.ask(...word.ask);
  const named = Object.keys(word.is.headers ?? {}).map((name) => [name, headers[name]]);
  return {
    status,
    ...('body' in word.is ? { body: typeof word.is.body === 'string' ? body : parsed(body) } : {}),
    ...(named.length > 0 ? { headers: Object.fromEntries(named) } : {}),
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** A plain application and one that hosts a plugin. The paths of both begin with `/api/words`. */
class RunningSides implements AsyncDisposable {
  private constructor(
    readonly native: Side,
    readonly plugin: Side,
  ) {}

  static async start(setup: Setup): Promise<RunningSides> {
    return new RunningSides(await startNative(setup), await startPlugin(setup));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.native.app.close(), this.plugin.app.close()]);
  }
}

export async function startNative(setup: Setup): Promise<Side> {
  let ref: ModuleRef | undefined;
  @Module(setup.define())
  class WordsModule {
    constructor(own: ModuleRef) {
      ref = own;
    }
  }
  const app = await listening([...(setup.beside?.() ?? []), WordsModule], 'api/words', setup);
  return sideOf('native', app, ref!);
}

export async function startPlugin(setup: Setup): Promise<Side> {
  const side = await startHosted(setup);
  expect(side.app.get(PluginHost).plugin('words')).toMatchObject({ state: 'ready', reason: undefined });
  return side;
}

/** As `startPlugin`, whatever becomes of the plugin. */
export async function startHosted(setup: Setup): Promise<Side> {
  let ref: ModuleRef | undefined;
  @Plugin({ name: 'words', version: '1.0.0', ...setup.define() })
  class WordsPlugin {
    constructor(own: ModuleRef) {
      ref = own;
    }
  }
  const host = { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent', watchdog: false } } as const;
  const hosts = await PluginHostModule.forRoot({
    ...setup.host,
    plugins: [WordsPlugin, ...(setup.host?.plugins ?? [])],
    host,
  });
  const app = await listening([...(setup.beside?.() ?? []), hosts], 'api', setup);
  return sideOf('plugin', app, ref!);
}

async function listening(
  imports: NonNullable<ModuleMetadata['imports']>,
  prefix: string,
  setup: Setup,
): Promise<NestFastifyApplication> {
  @Module({ imports })
  class Root {}
  const options = { logger: false, abortOnError: false, ...setup.application } as const;
  const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(setup.server ?? {}), options);
  app.setGlobalPrefix(prefix);
  await setup.prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

function sideOf(kind: Side['kind'], app: NestFastifyApplication, ref: ModuleRef): Side {
  const ask: Side['ask'] = async (path, options = {}) => {
    const answer = await fetch(`${await app.getUrl()}/api/words${path}`, { redirect: 'manual', ...options });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
  };
  return { kind, app, ref, ask };
}

export const requestOf = (context: ExecutionContext): FastifyRequest =>
  context.switchToHttp().getRequest<FastifyRequest>();
export const replyOf = (context: ExecutionContext): FastifyReply => context.switchToHttp().getResponse<FastifyReply>();
