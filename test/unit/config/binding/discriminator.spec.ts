/** A section whose class depends on a setting in it: binding, variables, messages, schema and reference say the same. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { IsOptional, IsString, Matches } from 'class-validator';
import {
  ConfigurationDocument,
  describeConfiguration,
  describeProblem,
  effectiveSettings,
  IsSecret,
  jsonSchema,
  Nested,
} from '../../../../src/config/index.js';
import type { Secret } from '../../../../src/common/index.js';
import { classProblems } from '../../../../src/config/settings/class-problems.js';
import { settingVariables } from '../../../../src/config/variables/setting-variables.js';

class Folder {
  readonly kind = 'folder';
  @Matches(/^[a-z/]+$/) path = 'backups';
}

class Bucket {
  readonly kind = 'bucket';
  @IsString() bucket!: string;
  @IsOptional() @IsSecret() token?: Secret;
}

const discriminator = {
  property: 'kind',
  subTypes: [
    { value: Folder, name: 'folder' },
    { value: Bucket, name: 'bucket' },
  ],
};

class Settings {
  @Nested(() => Folder, { discriminator }) target: Folder | Bucket = new Folder();
  @Nested(() => Folder, { discriminator, shape: 'list' }) copies: (Folder | Bucket)[] = [];
  @Nested(() => Folder, { discriminator, shape: 'map' }) named: Record<string, Folder | Bucket> = {};
}

interface Bound {
  readonly value: Settings | undefined;
  readonly problems: readonly string[];
}

function bind(document: ConfigurationDocument): Bound {
  const { value, problems } = document.bind(Settings, []);
  return { value, problems: problems.map((problem) => describeProblem(problem).split('\n', 1)[0] ?? '') };
}

const description = describeConfiguration({ host: Settings, section: Settings, plugins: [] });

describe('a section whose class depends on a setting', () => {
  it.each<[what: string, yaml: string, expected: object]>([
    ['the default', '', { target: new Folder() }],
    ['the default with another value', 'target: { path: other }', { target: { kind: 'folder', path: 'other' } }],
    ['the one that is named', 'target: { kind: bucket, bucket: b }', { target: { kind: 'bucket', bucket: 'b' } }],
    [
      'each of a list',
      'copies: [{ kind: bucket, bucket: b }, { kind: folder }]',
      { copies: [{ bucket: 'b' }, { path: 'backups' }] },
    ],
    ['each of a map', 'named: { x: { kind: bucket, bucket: b } }', { named: { x: { kind: 'bucket', bucket: 'b' } } }],
  ])('is %s', (_what, yaml, expected) => {
    const { value, problems } = bind(parse(yaml));

    expect(problems).toEqual([]);
    expect(value).toMatchObject(expected);
    expect(value?.target).toBeInstanceOf(value?.target.kind === 'bucket' ? Bucket : Folder);
    expect(new Ajv2020({ strict: false }).compile(hostSchema())(plain(yaml))).toBe(true);
  });

  it.each<[what: string, yaml: string, problem: RegExp]>([
    ['an unknown name', 'target: { kind: bukket }', /^f\.yaml:1:17 .*target\.kind: must be folder or bucket/],
    [
      'a name that is no text',
      'copies:\n  - kind: 3',
      /^f\.yaml:2:11 .*copies\[0\]\.kind: must be folder or bucket, but is a number/,
    ],
    [
      'no name where there is no default',
      'named: { x: { bucket: b } }',
      /^f\.yaml:1:10 .*named\.x\.kind: is missing: must be folder or bucket/,
    ],
    ['a setting of the other class', 'target: { kind: folder, bucket: b }', /^f\.yaml:1:25 .*target\.bucket: /],
    ['a demanded setting of the named class', 'target: { kind: bucket }', /target\.bucket: is missing/],
    ['a value that a check of the named class refuses', 'target: { path: "1" }', /target\.path: must match/],
  ])('refuses %s', (_what, yaml, problem) => {
    const { problems } = bind(parse(yaml));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it('is chosen by a variable, and takes the others for its settings, in any order', () => {
    const { value, problems } = bind(given({ PANOTTI__TARGET__BUCKET: '12', PANOTTI__TARGET__KIND: 'bucket' }));

    expect([value?.target, problems]).toEqual([expect.objectContaining({ kind: 'bucket', bucket: '12' }), []]);
    expect(bind(given({ PANOTTI__TARGET__BUCKET: '12' })).problems).toEqual([
      expect.stringContaining('PANOTTI__TARGET__BUCKET'),
    ]);
  });

  it('is shown with the settings of its class alone, secrets masked', () => {
    const document = parse('target: { kind: bucket, bucket: b, token: abcabc }');
    const shown = [...effectiveSettings(document, description.host, [])].map(({ path, value }) => [
      path.join('.'),
      value,
    ]);

    expect(shown.filter(([path]) => String(path).startsWith('target'))).toEqual([
      ['target.bucket', 'b'],
      ['target.token', '[secret]'],
      ['target.kind', 'bucket'],
    ]);
  });

  it('has no problem of its class, though `kind` has no decorator', () => {
    expect(classProblems(Settings)).toEqual([]);
  });

  it('is refused by the schema for a name that there is not, and for a setting of another class', () => {
    const check = new Ajv2020({ strict: false }).compile(hostSchema());

    expect(
      ['target: { kind: other }', 'target: { kind: folder, bucket: b }'].map((yaml) => check(plain(yaml))),
    ).toEqual([false, false]);
  });
});

function parse(text: string): ConfigurationDocument {
  return ConfigurationDocument.parse({ file: 'f.yaml', text, environment: {} });
}

/** What variables alone say. */
function given(environment: Record<string, string>): ConfigurationDocument {
  const empty = {
    label: 'f.yaml',
    root: { kind: 'map', origin: { file: 'f.yaml', line: 1, column: 1 }, entries: new Map() },
  } as const;
  return ConfigurationDocument.layered({ layers: [empty], variables: settingVariables(environment).host });
}

function hostSchema(): object {
  return { ...jsonSchema(description), $ref: '#/$defs/panotti' };
}

function plain(yaml: string): unknown {
  return parse(yaml).valueAt([]) ?? {};
}
