/** Routes of one module that are in each other's way, and what `routeConflictPolicy` of the application makes of them. */
import { Controller, Get, Logger, type NestApplicationOptions } from '@nestjs/common';
import { jest } from '@jest/globals';
import { describeLives, type LifeWord, type Tell } from '../../support/nest-lives.js';
import type { Side } from '../../support/nest-words.js';

function conflicting(...paths: readonly string[]) {
  return () => {
    @Controller()
    class Routes {
      first(): string {
        return 'first';
      }

      second(): string {
        return 'second';
      }
    }
    for (const [index, name] of (['first', 'second'] as const).entries()) {
      Get(paths[index])(Routes.prototype, name, Object.getOwnPropertyDescriptor(Routes.prototype, name)!);
    }
    return { controllers: [Routes] };
  };
}

describeLives('two routes', [
  {
    title: 'of one path keep the module from starting',
    live: () => ({ define: conflicting('same', 'same') }),
    is: { failed: expect.stringMatching(/already declared|another of its handlers has the same route/) },
  },
  ...(['duplicate', 'shadow'] as const).map((kind) => ({
    title: `that are a ${kind} keep the module from starting where the application has a policy for that`,
    live: () => ({
      define: kind === 'duplicate' ? conflicting('same', 'same') : conflicting(':id', ':name'),
      application: { routeConflictPolicy: { [kind]: 'error' as const } },
    }),
    is: { failed: expect.stringMatching(/Routes[.#](first|second)/) },
  })),
  {
    title: 'that only overlap are no conflict where the most specific one is taken',
    live: () => ({
      define: conflicting(':id', 'me'),
      application: { routeConflictPolicy: { shadow: 'error' as const } },
    }),
    meanwhile: async ({ ask }, tell) => tell((await ask('/me')).body),
    is: { told: ['second'] },
  },
]);

type Policy = NonNullable<NestApplicationOptions['routeConflictPolicy']>;

/** Two routes, under a policy that has something to say of what is asked for. */
function underPolicy(policy: Policy, ...paths: readonly string[]): LifeWord['live'] {
  return (tell) => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: unknown) => {
      if (String(message).includes('Routes#'))
        tell(`warned of ${String(message).replace(/^.*(?=Duplicate|Route )/, '')}`);
    });
    return { define: conflicting(...paths), application: { routeConflictPolicy: policy } };
  };
}

const tellAnswer = async ({ ask }: Side, tell: Tell): Promise<void> => {
  const { status, body } = await ask('/same');
  tell(`${status} ${body}`);
};

const DUPLICATE =
  'warned of Duplicate route: GET /api/words/same is registered by both Routes#first and Routes#second.';

describe('the policy of the application', () => {
  afterEach(() => jest.restoreAllMocks());

  describeLives('for two routes', [
    {
      title: 'keeps the first of two duplicates where it warns of them',
      live: underPolicy({ duplicate: 'warn' }, 'same', 'same'),
      meanwhile: tellAnswer,
      is: { told: [DUPLICATE, '200 first'] },
    },
    {
      title: 'keeps the first of two duplicates without a word where it is off for them',
      live: underPolicy({ duplicate: 'off' }, 'same', 'same'),
      meanwhile: tellAnswer,
      is: { told: ['200 first'] },
    },
    {
      title: 'keeps the first of two duplicates where it is for shadows alone',
      live: underPolicy({ shadow: 'error' }, 'same', 'same'),
      meanwhile: tellAnswer,
      is: { told: ['200 first'] },
    },
    {
      title: 'does not help shadows of one shape, which the router refuses',
      live: underPolicy({ duplicate: 'warn', shadow: 'off' }, ':one', ':other'),
      is: { failed: expect.stringMatching(/already declared|another of its handlers has the same route/) },
    },
    {
      title: 'has nothing to say of routes that only overlap',
      live: underPolicy({ duplicate: 'warn', shadow: 'warn' }, ':id', 'same'),
      meanwhile: tellAnswer,
      is: { told: ['200 second'] },
    },
  ]);
});
