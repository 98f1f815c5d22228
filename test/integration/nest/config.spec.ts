/** `@nestjs/config`: where values come from, what checks them, who is given them, and which modules are there because of them. */
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { messageOf } from '../../../src/common/index.js';
import { describeWhere } from '../../support/it-where.js';
import {
  ConditionalModule,
  ConfigModule,
  ConfigService,
  type Given,
  type Imports,
  itReads,
  type Load,
  type Options,
  PACKAGE,
  type Read,
  registerAs,
  type Service,
  type Values,
} from '../../support/nest-config.js';
import { describeLives } from '../../support/nest-lives.js';

const gets =
  (...paths: readonly string[]): Read =>
  (config) =>
    paths.map((path) => config.get(path));

/** With a function that the package marks, of its own for each call. */
const database = (): Load => registerAs('database', () => ({ host: 'db', pool: { size: 4 } }));
const loaded = (...load: readonly (() => unknown)[]): Given => ({ options: { load } });

/** A schema as the libraries make them that keep to Standard Schema: a port that is a number, and nothing else. */
const schema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: ({ TEST_PORT }: Values) =>
      Number.isInteger(Number(TEST_PORT))
        ? { value: { TEST_PORT: Number(TEST_PORT) } }
        : { issues: [{ message: 'must be a number', path: ['TEST_PORT'] }] },
  },
};
const asNumber = ({ TEST_PORT, ...others }: Values): Values => ({ ...others, TEST_PORT: Number(TEST_PORT) });

@Module({ providers: [{ provide: 'there', useValue: 'there' }], exports: ['there'] })
class ThereModule {}

const when = (condition: string | ((values: Values) => boolean)): Imports => [
  ConfigModule.forRoot({ ignoreEnvFile: true }),
  ConditionalModule.registerWhen(ThereModule, condition, { debug: false }),
];

const ENV = { '.env': 'TEST_HOST=file\nTEST_URL=http://${TEST_HOST}/' };
const fromFile =
  (options: Options = {}) =>
  (folder: string): Options => ({ ignoreEnvFile: false, envFilePath: join(folder, '.env'), ...options });

describeWhere(PACKAGE.areInstalled)('values of @nestjs/config', () => {
  itReads(
    'come from a function',
    loaded(() => ({ a: { b: 1 } })),
    [{ b: 1 }, 1],
    gets('a', 'a.b'),
  );
  itReads(
    'come from a function that takes its time',
    loaded(async () => ({ a: 1 })),
    [1],
    gets('a'),
  );
  itReads(
    'come from the last function that has them',
    loaded(
      () => ({ a: 1, b: 1 }),
      () => ({ a: 2 }),
    ),
    [2, 1],
    gets('a', 'b'),
  );
  itReads(
    'are missing without a default',
    loaded(() => ({ a: 1 })),
    [undefined, 'else', 1],
    (config) => [config.get('x'), config.get('x', 'else'), config.get('a', 'else')],
  );
  itReads(
    'make getOrThrow throw where they are missing',
    loaded(() => ({ a: 1 })),
    [1, 'Configuration key "x.y" does not exist'],
    (config) => {
      try {
        return [config.getOrThrow('a'), config.getOrThrow('x.y')];
      } catch (error) {
        return [config.getOrThrow('a'), messageOf(error)];
      }
    },
  );
  itReads(
    'can be set, which is told',
    loaded(() => ({ a: { b: 1 } })),
    [2, [{ path: 'a.b', oldValue: 1, newValue: 2 }]],
    (config) => {
      const changes: unknown[] = [];
      config.changes$.subscribe((change) => changes.push(change));
      config.set('a.b', 2);
      return [config.get('a.b'), changes];
    },
  );

  const TEST_HOST = 'environment';
  itReads('come from the environment', { variables: { TEST_HOST } }, [TEST_HOST], gets('TEST_HOST'));
  itReads(
    'do not come from it by an option',
    { variables: { TEST_HOST }, options: { skipProcessEnv: true } },
    [undefined],
    gets('TEST_HOST'),
  );
  for (const cache of [true, false]) {
    itReads(
      cache ? 'of the environment are kept by an option' : 'of the environment are read each time',
      { variables: { TEST_HOST }, options: { cache } },
      [TEST_HOST, cache ? TEST_HOST : 'later'],
      (config) => {
        const first = config.get('TEST_HOST');
        process.env['TEST_HOST'] = 'later';
        return [first, config.get('TEST_HOST')];
      },
    );
  }
  itReads(
    'come from a file, and get into the environment',
    { files: ENV, options: fromFile() },
    ['file', 'http://${TEST_HOST}/', 'file'],
    (config) => [config.get('TEST_HOST'), config.get('TEST_URL'), process.env['TEST_HOST']],
  );
  itReads(
    'of a file are expanded by an option',
    { files: ENV, options: fromFile({ expandVariables: true }) },
    ['http://file/'],
    gets('TEST_URL'),
  );
  itReads(
    'of a file give way to the environment',
    { files: ENV, variables: { TEST_HOST }, options: fromFile() },
    [TEST_HOST],
    gets('TEST_HOST'),
  );
  itReads(
    'of a file come before the environment by an option',
    { files: ENV, variables: { TEST_HOST }, options: fromFile({ override: true }) },
    ['file'],
    gets('TEST_HOST'),
  );
  itReads(
    'of a file are left out by an option',
    { files: ENV, options: fromFile({ ignoreEnvFile: true }) },
    [undefined],
    gets('TEST_HOST'),
  );
  itReads(
    'come from the first file that has them',
    {
      files: { one: 'TEST_HOST=one', two: 'TEST_HOST=two\nTEST_PORT=2' },
      options: (folder) => ({
        ignoreEnvFile: false,
        envFilePath: ['none', 'one', 'two'].map((name) => join(folder, name)),
      }),
    },
    ['one', '2'],
    gets('TEST_HOST', 'TEST_PORT'),
  );

  const variables = { TEST_PORT: '80' };
  itReads('are what a function makes of them', { variables, options: { validate: asNumber } }, [80], gets('TEST_PORT'));
  itReads(
    'are what a schema makes of them',
    { variables, options: { validationSchema: schema } },
    [80],
    gets('TEST_PORT'),
  );

  const named = (): Options => ({ load: [database()] });
  itReads('have a name', { options: named }, ['db', 4], gets('database.host', 'database.pool.size'));
  itReads(
    'are injected by the key of their name',
    { options: named, inject: () => [database().KEY] },
    { host: 'db', pool: { size: 4 } },
    (_config, injected) => injected,
  );
  itReads(
    'are options of a module, by their name as a provider',
    {
      imports: () => {
        const { imports, ...provider } = database().asProvider();
        @Module({})
        class OptionsModule {}
        const options = { ...provider, provide: 'OPTIONS' };
        return [ConfigModule.forRoot(), { module: OptionsModule, imports, providers: [options], exports: ['OPTIONS'] }];
      },
      inject: () => ['OPTIONS'],
    },
    { host: 'db', pool: { size: 4 } },
    (_config, injected) => injected,
  );
  itReads(
    'of a feature are those of the root as well',
    {
      imports: () => [
        ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => ({ a: 1 })] }),
        ConfigModule.forFeature(database()),
      ],
    },
    [1, 'db'],
    gets('a', 'database.host'),
  );
  itReads(
    'of the application are there where its module is global',
    {
      imports: () => [],
      beside: () => [ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => ({ a: 1 })] })],
    },
    [1],
    gets('a'),
  );
  itReads(
    'of the application are there beside those of a feature',
    {
      imports: () => [ConfigModule.forFeature(database())],
      beside: () => [ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => ({ a: 1 })] })],
    },
    [1, 'db'],
    gets('a', 'database.host'),
    { id: 'global-state', inPlugin: [undefined, 'db'] },
  );

  for (const [title, condition, is] of [
    ['is there by a variable', 'TEST_ON', 'there'],
    ['is missing by a variable', 'TEST_OFF', undefined],
    ['is there by a function', ({ TEST_ON }: Values) => TEST_ON === 'true', 'there'],
    ['is missing by a function', ({ TEST_ON }: Values) => TEST_ON !== 'true', undefined],
  ] as const) {
    itReads(
      `decide: a conditional module ${title}`,
      { imports: () => when(condition), inject: () => ['there'], variables: { TEST_ON: 'true', TEST_OFF: 'False' } },
      is,
      (_config, there) => there,
    );
  }

  const inner = (isGlobal: boolean): Imports => {
    @Module({
      providers: [{ provide: 'inner', inject: [ConfigService], useFactory: (config: Service) => config.get('a') }],
      exports: ['inner'],
    })
    class InnerModule {}
    return [ConfigModule.forRoot({ isGlobal, ignoreEnvFile: true, load: [() => ({ a: 1 })] }), InnerModule];
  };
  itReads(
    'are there in each module where theirs is global',
    { imports: () => inner(true), inject: () => ['inner'] },
    1,
    (_config, a) => a,
  );

  const refuse = (): never => {
    throw new Error('no port');
  };
  describeLives('a module with @nestjs/config', [
    {
      title: 'does not start where an inner module has not imported it',
      live: () => ({ define: () => ({ imports: inner(false) }) }),
      is: { failed: expect.stringMatching(/can't resolve dependencies of the inner.*InnerModule/) },
    },
    {
      title: 'does not start where its function refuses the values',
      live: () => ({ define: () => ({ imports: [ConfigModule.forRoot({ ignoreEnvFile: true, validate: refuse })] }) }),
      is: { failed: expect.stringContaining('no port') },
    },
    {
      title: 'does not start where its schema refuses the values',
      live: () => ({
        define: () => ({ imports: [ConfigModule.forRoot({ ignoreEnvFile: true, validationSchema: schema })] }),
      }),
      is: { failed: expect.stringContaining('Config validation error: TEST_PORT: must be a number') },
    },
    {
      title: 'does not start where a function that gives values fails',
      live: () => ({ define: () => ({ imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [refuse] })] }) }),
      is: { failed: expect.stringContaining('no port') },
    },
  ]);
});
