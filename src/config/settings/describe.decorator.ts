/** `@Describe` gives a setting the text that the reference, the schema and `config init` show. It only records. */
import { writeSettingText } from './setting.metadata.js';

export interface DescribeOptions {
  /** The default in words, where its value differs from machine to machine: `one less than there are processors`. */
  readonly defaultText?: string;
}

/**
 * Describes a setting where a doc comment cannot: in code that is shipped without comments, or with a text that is put together.
 * Without it, the doc comment of the field is the description.
 *
 * @example
 * @Describe('Threads that work at the same time.', { defaultText: 'one less than there are processors' })
 * @IsInt() @Min(1) threads = availableParallelism() - 1;
 */
export function Describe(description: string, options: DescribeOptions = {}): PropertyDecorator {
  return (prototype, property) =>
    writeSettingText(prototype, String(property), { description, defaultText: options.defaultText });
}
