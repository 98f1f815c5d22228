import 'reflect-metadata';
import { forwardRef, Inject, Injectable, Module, type Type } from '@nestjs/common';
import { IsInt } from 'class-validator';
import { ConfigurationDocument } from '../../../src/config/index.js';
import { bindPlugin, unknownSections } from '../../../src/host/plugin-configuration.js';
import { classesWithoutTypes, Plugin, readManifest, type PluginManifest } from '../../../src/plugin/index.js';

class MailConfig {
  @IsInt() limit = 1;
}

@Plugin({ name: 'mail', version: '1.0.0', config: MailConfig })
class Mail {}

const manifest = readManifest(Mail) as PluginManifest;
const parsed = (text: string): ConfigurationDocument =>
  ConfigurationDocument.parse({ file: 'plugins.yaml', text, environment: {}, pathPrefix: 'plugins' });

describe('a mistake that operators make', () => {
  it.each<[string, string, string | undefined]>([
    ['plugins: around plugins', 'plugins:\n  mail: {}\n', 'with nothing around them'],
    ['a setting beside settings', 'mail:\n  limit: 3\n', 'Move it below settings: plugins.mail.settings.limit.'],
    ['settings of the server in the file of plugins', 'http:\n  port: 3000\n', 'Move it to panotti.yaml.'],
    [
      'an option of the section among the settings',
      'mail:\n  settings:\n    enabled: false\n',
      'Move it beside settings: plugins.mail.enabled.',
    ],
    ['a path in one key', 'mail.settings.limit: 3\n', 'mail:'],
    ['a path in one key, from the root', 'plugins.mail.settings.limit: 3\n', 'mail:'],
    ['another word for settings', 'mail:\n  config:\n    limit: 3\n', 'settings'],
    ['a key that nothing knows', 'mail:\n  lmit: 3\n', 'is unknown'],
    ['!secret', 'mail:\n  settings:\n    limit: !secret mail\n', '${NAME}'],
    ['!include', 'mail: !include mail.yaml\n', '${file:path}'],
    ['anchors at the top', 'x-common: &common\n  limit: 3\nmail:\n  settings: *common\n', undefined],
    ['anchors in a section', 'mail:\n  x-common: &common { limit: 3 }\n  settings:\n    <<: *common\n', undefined],
    ['anchors among settings', 'mail:\n  settings:\n    x-limit: &limit 3\n    limit: *limit\n', undefined],
  ])('gets an answer that helps: %s', (_title, text, answer) => {
    const document = parsed(text);
    const problems = [
      ...document.problems.map(({ message, fix }) => `${message} ${fix}`),
      ...[...bindPlugin(document, manifest).problems, ...unknownSections(document, ['mail'], new Set())].map(
        ({ message }) => message,
      ),
    ];

    if (answer === undefined) expect(problems).toEqual([]);
    else expect(problems.join('\n')).toContain(answer);
  });
});

/** As a compiler leaves it that records no types. */
function untyped(decorate: (type: new (service: unknown) => object) => void): object {
  class Untyped {
    constructor(readonly service: unknown) {}
  }
  decorate(Untyped);
  return Untyped;
}

describe('a class into which nothing can be injected', () => {
  @Injectable()
  class Typed {
    constructor(readonly service: Mail) {}
  }
  class WithDefault {
    constructor(readonly size = 1) {}
  }
  const forgotten = untyped((type) => Injectable()(type));
  const told = untyped((type) => Inject('mail')(type, undefined, 0));
  const bare = untyped(() => undefined);

  it.each<[string, object[], string[]]>([
    ['a provider without types', [forgotten], ['Untyped']],
    ['a provider with types', [Typed], []],
    ['a provider that names what it takes', [told], []],
    ['a class that Nest does not decorate', [bare], []],
    ['a class whose parameters have defaults', [WithDefault], []],
    ['a provider that is no class', [{ provide: 'x', useValue: 1 }], []],
  ])('is found among those of a plugin: %s', (_title, providers, names) => {
    class WithProviders {}
    Plugin({ name: 'with-providers', version: '1.0.0', providers: providers as [] })(WithProviders);

    expect(classesWithoutTypes(WithProviders)).toEqual(names);
  });

  class Lister {}
  Module({ providers: [forgotten as Type] })(Lister);
  class Between {}
  Module({ imports: [Lister] })(Between);
  class Circle {}
  Module({ imports: [forwardRef(() => Circle), Lister] })(Circle);
  class Bare {}

  it.each<[string, unknown, string[]]>([
    ['a module', Lister, ['Untyped']],
    ['a module that a module imports', Between, ['Untyped']],
    ['a module that imports itself', Circle, ['Untyped']],
    ['a dynamic module', { module: Bare, providers: [forgotten] }, ['Untyped']],
    [
      'a dynamic module with a provider under another token',
      { module: Bare, providers: [{ provide: 'x', useClass: forgotten }] },
      ['Untyped'],
    ],
    ['a dynamic module with what is typed', { module: Bare, providers: [Typed, { provide: 'x', useValue: 1 }] }, []],
    ['a forward reference', forwardRef(() => Lister), ['Untyped']],
    ['a promise', Promise.resolve({ module: Lister }), []],
  ])('is found in what a plugin imports: %s', (_title, imported, names) => {
    class WithImports {}
    Plugin({ name: 'with-imports', version: '1.0.0', imports: [imported as Type] })(WithImports);

    expect(classesWithoutTypes(WithImports)).toEqual(names);
  });

  it('may be the plugin itself', () => {
    expect(classesWithoutTypes(untyped((type) => Plugin({ name: 'untyped', version: '1.0.0' })(type)))).toEqual([
      'Untyped',
    ]);
  });
});
