/** Versions in the path of a route. */
import 'reflect-metadata';
import {
  Controller,
  Get,
  type ModuleMetadata,
  Param,
  Version,
  VERSION_NEUTRAL,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { type AskedWord, describeWords } from '../../support/nest-words.js';

type DefaultVersion = VersioningOptions['defaultVersion'];

function define(): ModuleMetadata {
  @Controller({ path: 'hello', version: '1' })
  class HelloOne {
    @Get()
    hello(): string {
      return 'hello 1';
    }

    @Version(['2', '2.1'])
    @Get()
    helloTwo(): string {
      return 'hello 2';
    }

    @Get('with/:param')
    param(@Param('param') param: string): string {
      return `${param} 1`;
    }
  }
  @Controller({ path: 'neutral', version: VERSION_NEUTRAL })
  class Neutral {
    @Get()
    neutral(): string {
      return 'neutral';
    }
  }
  @Controller({ path: 'mixed', version: ['1', VERSION_NEUTRAL] })
  class Mixed {
    @Get()
    mixed(): string {
      return 'mixed';
    }
  }
  @Controller('unversioned')
  class Unversioned {
    @Get()
    unversioned(): string {
      return 'unversioned';
    }
  }
  return { controllers: [HelloOne, Neutral, Mixed, Unversioned] };
}

/** The versions below which each path is served; `''` for none. */
const served = (
  defaultVersion: DefaultVersion,
): Readonly<Record<string, readonly [versions: readonly string[], answer: string][]>> => ({
  '/hello': [
    [['1'], 'hello 1'],
    [['2', '2.1'], 'hello 2'],
  ],
  '/hello/with/param': [[['1'], 'param 1']],
  '/neutral': [[[''], 'neutral']],
  '/mixed': [[['', '1'], 'mixed']],
  '/unversioned': [
    [[defaultVersion ?? ''].flat().map((version) => (typeof version === 'symbol' ? '' : version)), 'unversioned'],
  ],
});

function rows(prefix: string, defaultVersion: DefaultVersion): AskedWord[] {
  return Object.entries(served(defaultVersion)).flatMap(([path, answers]) =>
    ['', '1', '2', '2.1', '3'].map((version) => {
      const answer = answers.find(([versions]) => versions.includes(version))?.[1];
      const asked = version === '' ? path : `/${prefix}${version}${path}`;
      const is = answer === undefined ? { status: 404 } : { status: 200, body: answer };
      return { title: `answers ${asked} with ${answer ?? '404'}`, ask: [asked] as const, is };
    }),
  );
}

const CASES: readonly (readonly [
  title: string,
  prefix: string,
  options: { prefix?: string | false; defaultVersion?: DefaultVersion },
])[] = [
  ['the usual prefix', 'v', {}],
  ['a prefix of its own', 'api-', { prefix: 'api-' }],
  ['no prefix', '', { prefix: false }],
  ['1 as the default', 'v', { defaultVersion: '1' }],
  ['1 and 2 as the default', 'v', { defaultVersion: ['1', '2'] }],
  ['neutral as the default', 'v', { defaultVersion: VERSION_NEUTRAL }],
];

for (const [title, prefix, options] of CASES) {
  const prepare = (app: { enableVersioning(options: VersioningOptions): unknown }): unknown =>
    app.enableVersioning({ type: VersioningType.URI, ...options } as VersioningOptions);
  describeWords(`a version in the path, with ${title}`, { define, prepare }, rows(prefix, options.defaultVersion));
}
