/** `@IsSecret` declares a setting that is a secret. It records and checks; `bind-secret.ts` makes the `Secret`. */
import { registerDecorator } from 'class-validator';
import { isSecret } from '../../common/index.js';
import { KEY_FORM, keyBytes } from '../secrets/key-bytes.js';
import { writeSecret } from './setting.metadata.js';

/** The name of the check in class-validator. */
export const IS_SECRET = 'isSecret';

export interface SecretOptions {
  /** Fewest characters. Default 1: an empty text is not a secret. */
  readonly minLength?: number;
  /** Most characters. Default: no limit. */
  readonly maxLength?: number;
  /** What the text must look like; reports name the pattern and never the text. */
  readonly matches?: RegExp;
  /** The text is a key of 32 bytes, as base64 or as 64 hexadecimal digits. Default false. */
  readonly isKey?: boolean;
  /** The setting is a list of secrets. Default false. */
  readonly each?: boolean;
}

/**
 * The setting is a `Secret`. In YAML it is written as `${VARIABLE}` or `!encrypted …`; a text that stands in the file as
 * it is works and is warned of. What `@MinLength` and its like check on texts is checked by the options here. An optional secret needs
 * `@IsOptional()` beside this.
 *
 * @example
 * @IsSecret({ minLength: 16 }) apiKey!: Secret;
 * @IsOptional() @IsSecret() proxyPassword: Secret | undefined = undefined;
 * @IsSecret({ each: true }) acceptedKeys: Secret[] = [];
 */
export function IsSecret(options: SecretOptions = {}): PropertyDecorator {
  const { minLength = 1, maxLength, matches, isKey = false, each = false } = options;
  return (prototype, property) => {
    const key = String(property);
    writeSecret(prototype, key, { isList: each });
    const check = (name: string, sentence: string, validate: (value: unknown) => boolean): void => {
      const defaultMessage = (): string => `${each ? 'each value in ' : ''}$property ${sentence}`;
      registerDecorator({
        name,
        target: prototype.constructor,
        propertyName: key,
        options: { each },
        validator: { validate, defaultMessage },
      });
    };
    const checkText = (name: string, sentence: string, accepts: (text: string) => boolean): void =>
      check(name, sentence, (value) => !isSecret(value) || accepts(value.reveal()));
    check(IS_SECRET, 'must be a secret', isSecret);
    checkText(
      'secretMinLength',
      minLength === 1 ? 'must not be empty' : `must have at least ${minLength} characters`,
      (text) => {
        return text.length >= minLength;
      },
    );
    if (maxLength !== undefined) {
      checkText('secretMaxLength', `must have at most ${maxLength} characters`, (text) => text.length <= maxLength);
    }
    if (isKey) checkText('secretIsKey', `must be a key: ${KEY_FORM}`, (text) => keyBytes(text) !== undefined);
    if (matches) checkText('secretMatches', `must match ${String(matches)}`, (text) => text.search(matches) >= 0);
  };
}
