/** Versions of routes: each way in which a request can name one, with each way in which a route can have some. */
import 'reflect-metadata';
import {
  Controller,
  Get,
  Header,
  type ModuleMetadata,
  Param,
  Version,
  VERSION_NEUTRAL,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type AskedWord, describeWords } from '../../support/nest-words.js';

const DEFAULTS: readonly (readonly [title: string, defaultVersion: VersioningOptions['defaultVersion']])[] = [
  ['no default', undefined],
  ['1 as the default', '1'],
  ['1 and 2 as the default', ['1', '2']],
  ['neutral as the default', VERSION_NEUTRAL],
];

/** Each route, the versions that it has, and what it answers. */
const ROUTES: readonly (readonly [
  path: string,
  versions: 'default' | 'neutral' | readonly string[],
  answer: string,
])[] = [
  ['/hello', ['1'], 'hello 1'],
  ['/hello', ['2'], 'hello 2'],
  ['/hello/with/param', ['1'], 'param 1'],
  ['/multiple', ['1', '2'], 'multiple'],
  ['/neutral', 'neutral', 'neutral'],
  ['/override', ['1'], 'override 1'],
  ['/override', ['2'], 'override 2'],
  ['/partly', ['1'], 'of the class'],
  ['/partly', ['2'], 'of the method'],
  ['/unversioned', 'default', 'unversioned'],
];
const VERSIONS = ['1', '2', '3', undefined] as const;

function define(): ModuleMetadata {
  @Controller({ path: 'hello', version: '1' })
  class HelloOne {
    @Get()
    hello(): string {
      return 'hello 1';
    }

    @Get('with/:param')
    param(@Param('param') param: string): string {
      return `${param} 1`;
    }
  }
  @Controller({ path: 'hello', version: '2' })
  class HelloTwo {
    @Get()
    hello(): string {
      return 'hello 2';
    }
  }
  @Controller({ path: 'multiple', version: ['1', '2'] })
  class Multiple {
    @Get()
    @Header('x-multiple', 'yes')
    multiple(): string {
      return 'multiple';
    }
  }
  @Controller({ path: 'neutral', version: VERSION_NEUTRAL })
  class Neutral {
    @Get()
    neutral(): string {
      return 'neutral';
    }
  }
  @Controller('override')
  class Override {
    @Version('1')
    @Get()
    one(): string {
      return 'override 1';
    }

    @Version('2')
    @Get()
    two(): string {
      return 'override 2';
    }
  }
  @Controller({ path: 'partly', version: '1' })
  class Partly {
    @Get()
    ofClass(): string {
      return 'of the class';
    }

    @Version('2')
    @Get()
    ofMethod(): string {
      return 'of the method';
    }
  }
  @Controller('unversioned')
  class Unversioned {
    @Get()
    unversioned(): string {
      return 'unversioned';
    }
  }
  return { controllers: [HelloOne, HelloTwo, Multiple, Neutral, Override, Partly, Unversioned] };
}

type Strategy = {
  readonly title: string;
  readonly options: (defaultVersion: VersioningOptions['defaultVersion']) => VersioningOptions;
  readonly request: (version: string | undefined) => RequestInit;
};

const STRATEGIES: readonly Strategy[] = [
  {
    title: 'a header',
    options: (defaultVersion) => ({ type: VersioningType.HEADER, header: 'x-version', defaultVersion }),
    request: (version) => ({ headers: version === undefined ? {} : { 'x-version': version } }),
  },
  {
    title: 'a media type',
    options: (defaultVersion) => ({ type: VersioningType.MEDIA_TYPE, key: 'v=', defaultVersion }),
    request: (version) => ({
      headers: { accept: version === undefined ? 'application/json' : `application/json;v=${version}` },
    }),
  },
  {
    title: 'an extractor',
    options: (defaultVersion) => ({
      type: VersioningType.CUSTOM,
      extractor: (request) => (request as FastifyRequest).headers['x-custom'] ?? '',
      defaultVersion,
    }),
    request: (version) => ({ headers: version === undefined ? {} : { 'x-custom': version } }),
  },
];

/** What a request with this version gets at this path. */
function answerOf(
  path: string,
  version: string | undefined,
  defaultVersion: VersioningOptions['defaultVersion'],
): string | undefined {
  return ROUTES.find(([at, versions]) => {
    const own =
      versions === 'default'
        ? (defaultVersion ?? VERSION_NEUTRAL)
        : versions === 'neutral'
          ? VERSION_NEUTRAL
          : versions;
    return at === path && (own === VERSION_NEUTRAL || (version !== undefined && [own].flat().includes(version)));
  })?.[2];
}

function rows({ request }: Strategy, defaultVersion: VersioningOptions['defaultVersion']): AskedWord[] {
  const paths = [...new Set(ROUTES.map(([path]) => path))];
  return paths.flatMap((path) =>
    VERSIONS.map((version) => {
      const answer = answerOf(path, version, defaultVersion);
      const is = answer === undefined ? { status: 404 } : { status: 200, body: answer };
      const title = `answers ${path} ${version === undefined ? 'without a version' : `of version ${version}`} with ${answer ?? '404'}`;
      return { title, ask: [path, request(version)] as const, is };
    }),
  );
}

for (const strategy of STRATEGIES) {
  for (const [title, defaultVersion] of DEFAULTS) {
    const prepare = (app: { enableVersioning(options: VersioningOptions): unknown }): unknown =>
      app.enableVersioning(strategy.options(defaultVersion));
    describeWords(`a version by ${strategy.title}, with ${title}`, { define, prepare }, rows(strategy, defaultVersion));
  }
}

describeWords(
  'several versions by an extractor',
  {
    define,
    prepare: (app) =>
      app.enableVersioning({
        type: VersioningType.CUSTOM,
        extractor: (request) => String((request as FastifyRequest).headers['x-versions'] ?? '').split(','),
      }),
  },
  [
    {
      title: 'get the first that there is',
      ask: ['/hello', { headers: { 'x-versions': '2,1' } }],
      is: { status: 200, body: 'hello 2' },
    },
    {
      title: 'pass over one that is not there',
      ask: ['/hello', { headers: { 'x-versions': '3,1' } }],
      is: { status: 200, body: 'hello 1' },
    },
    {
      title: 'find nothing where none is there',
      ask: ['/hello', { headers: { 'x-versions': '3,4' } }],
      is: { status: 404 },
    },
    {
      title: 'get the headers of the route',
      ask: ['/multiple', { headers: { 'x-versions': '2' } }],
      is: { status: 200, headers: { 'x-multiple': 'yes' } },
    },
  ],
);
