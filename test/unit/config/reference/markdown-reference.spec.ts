import { IsIn, IsInt, IsString, Matches } from 'class-validator';
import {
  Describe,
  describeConfiguration,
  markdownReference,
  Nested,
  pluginReference,
} from '../../../../src/config/index.js';
import { PluginSection } from '../../../../src/host/index.js';

class Channel {
  /** Its name. */
  @IsString() name!: string;
  @Nested(() => Channel) below: Channel[] = [];
}

class MailConfig {
  @Describe('<script>alert(1)</script> | [a](javascript:b) *and* `code | <b>` and one ` more.') @IsString() evil =
    'a|`b`';
  @Matches(/^(a|b)$/) pattern = 'a';
  @IsIn(['plain', 'friendly']) tone = 'plain';
  /** Many. */
  @Nested(() => Channel) channels: Channel[] = [];
  @Nested(() => Channel, { shape: 'map' }) named: Record<string, Channel> = {};
}

class Server {
  @IsInt() port = 3000;
}

const reference = describeConfiguration({
  host: Server,
  section: PluginSection,
  plugins: [
    { name: 'shop', version: '2.0.0', description: 'Sells | things.', config: undefined },
    { name: 'mail', version: '1.0.0', description: '', config: MailConfig },
  ],
});

describe('the reference in Markdown', () => {
  it('shows every setting with its path, and nothing of a stranger breaks out of its cell', () => {
    const [mail] = reference.plugins;

    expect(mail && pluginReference(mail)).toBe(
      [
        '# mail',
        '',
        'Version 1.0.0.',
        '',
        '| key | value | default | description |',
        '|---|---|---|---|',
        "| `evil` | text | `` 'a\\|`b`' `` | &lt;script\\>alert(1)&lt;/script\\> \\| \\[a\\](javascript:b) \\*and\\* `code \\| <b>` and one \\` more. |",
        '| `pattern` | text, must match /^(a\\|b)$/ regular expression | `a` |  |',
        '| `tone` | plain or friendly | `plain` |  |',
        '| `channels` | list of sections | `[]` | Many. |',
        '| `channels[].name` | text | **required** | Its name. |',
        '| `channels[].below` | list of sections | `[]` |  |',
        '| `named` | map of named sections | `{}` |  |',
        '| `named.<name>.name` | text | **required** | Its name. |',
        '| `named.<name>.below` | list of sections | `[]` |  |',
        '',
      ].join('\n'),
    );
  });

  it('has a chapter for the server, for every section, and for each plugin', () => {
    const headings = markdownReference(reference)
      .split('\n')
      .filter((line) => line.startsWith('#'));

    expect(headings).toEqual(['# Configuration', '## panotti.yaml', '## plugins.yaml', '### mail', '### shop']);
    expect(markdownReference(reference)).toContain('Sells \\| things. Version 2.0.0.\n\nIt takes no settings.');
  });
});
