import { IsArray, IsInt, IsOptional, IsString, MaxLength } from 'class-validator';
import { parse } from 'yaml';
import type { Type } from '@nestjs/common';
import type { Secret } from '../../../../src/common/index.js';
import {
  ConfigurationDocument,
  Describe,
  describeConfiguration,
  IsSecret,
  Nested,
  sectionTemplate,
} from '../../../../src/config/index.js';
import { PluginSection } from '../../../../src/host/index.js';

class Nothing {}

function template(config: Type<object> | undefined, description = 'Sends letters.'): string {
  const reference = describeConfiguration({
    host: Nothing,
    section: PluginSection,
    plugins: [{ name: 'mail', version: '1.0.0', description, config }],
  });
  const [plugin] = reference.plugins;
  return plugin ? sectionTemplate(reference, plugin) : '';
}

class Retry {
  @IsInt() attempts = 3;
}

class MailConfig {
  /** Where letters go. */
  @IsString() @MaxLength(50) server!: string;
  /** The password. */
  @IsSecret() password!: Secret;
  @Nested(() => Retry) retry = new Retry();
  @Describe('A text with ${NOTHING} in it.') @IsString() greeting = 'Dear ${name}:';
  @IsOptional() @IsString() from?: string;
  @Describe('Threads.', { defaultText: 'all there are' }) @IsInt() threads = 4;
  @IsArray() list: unknown[] = ['a b', '5', "it's", { deep: [true, null, '- x'] }];
  @Nested(() => Retry, { shape: 'map' }) named: Record<string, Retry> = { first: new Retry() };
}

describe('the section that config init makes', () => {
  it('has every option: required ones marked and without a value, the others at their defaults in comments', () => {
    expect(template(MailConfig)).toBe(
      `
# Sends letters.
mail:
  #enabled: true
  settings:
    # REQUIRED. Where letters go. (text, at most 50 characters)
    server:
    # REQUIRED. The password. (secret, must not be empty)
    password:
    retry:
      # (whole number)
      #attempts: 3
    # A text with \${NOTHING} in it. (text)
    #greeting: 'Dear $\${name}:'
    # (text)
    #from:
    # Threads. (whole number; by default all there are)
    #threads:
    # (list)
    #list: ['a b', '5', "it's", { deep: [true, null, '- x'] }]
    # (map of named sections)
    #named: { first: { attempts: 3 } }
`
        .trimStart()
        .replace("'a b'", 'a b'),
    );
  });

  it('means the defaults when every comment is taken away', () => {
    const yaml = template(MailConfig).replaceAll(/^( *)#(?=\S)/gm, '$1');
    const document = ConfigurationDocument.parse({ file: 'plugins.yaml', text: yaml, environment: {} });

    expect(document.problems).toEqual([]);
    expect(document.valueAt(['mail', 'settings'])).toEqual({
      ...(JSON.parse(JSON.stringify(new MailConfig())) as object),
      server: null,
      password: null,
      from: null,
      threads: null,
    });
  });

  it('has no settings where the plugin takes none', () => {
    expect(template(undefined)).toBe('# Sends letters.\nmail:\n  #enabled: true\n');
  });

  it('stays a comment whatever a stranger describes, in lines that fit', () => {
    const text = template(Nothing, `A description\nevil: true\r\n${'word '.repeat(60)}\u2028more: 1`);

    expect(parse(text)).toEqual({ mail: { settings: null } });
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });
});
