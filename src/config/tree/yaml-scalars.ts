/** Makes values of the scalars of one YAML file: decrypts, fills in variables and files, and refuses numbers that would not stay what is written. */
import type { ScalarTag } from 'yaml';
import { formatPath, problemAt, type Origin, type Path, type ProblemCode } from '../configuration-problem.js';
import type { Environment } from '../environment.js';
import type { UnreadableFile } from '../files/bounded-file.js';
import { lookUpKey, type KeyLookup } from '../secrets/configuration-key.js';
import { decryptText } from '../secrets/encrypted-text.js';
import type { ConfigurationNode, RefusedNode, SuppliedText } from './configuration-node.js';
import { interpolate } from './interpolation.js';
import { losesDigits, readPlainScalar } from './plain-scalar.js';

export interface ScalarSource {
  /** As it is to be shown in reports. */
  readonly file: string;
  /** What `${NAME}` refers to. */
  readonly environment: Environment;
  /** Stands before every path in reports. */
  readonly pathPrefix: string | undefined;
  /** Where relative paths in `${file:…}` start; absolute. Default: the working directory. */
  readonly directory?: string;
  /** The variable that holds the text, where that is not a file. Nothing in it is a reference to another variable. */
  readonly variable?: string;
}

/** A scalar as YAML has read it. */
export interface YamlScalar {
  readonly value: unknown;
  /** As written, without quotes. */
  readonly source?: string | undefined;
  /** Without quotes, so that it may be a number or a truth value. */
  readonly isPlain: boolean;
  readonly tag?: string | undefined;
}

const ENCRYPTED_TAG = '!encrypted';
/** The one tag that YAML may have here: the parser lets it pass, and the builder decrypts what it marks. */
export const encryptedTag: ScalarTag = { tag: ENCRYPTED_TAG, resolve: (written) => written };

/** Characters that variables and files may bring into one file, aliases followed: as many as the file itself may have. */
const MOST_INTERPOLATED = 1024 * 1024;

const SENTENCES = {
  interpolated: 'the variables and files that this file refers to hold more than 1 MiB',
  octal: 'begins with a zero, which some read as octal; remove the zero, or put it in quotes to keep it as text',
  digits: 'is a number too large to be kept exactly; put it in quotes to keep it as text',
};

export class ScalarReader {
  readonly #source: ScalarSource;
  /** Looked for when the first encrypted value is met. */
  #key: KeyLookup | undefined;
  readonly #files = new Map<string, string | UnreadableFile | undefined>();
  #charactersReferred = 0;

  constructor(source: ScalarSource) {
    this.#source = source;
  }

  read(written: YamlScalar, path: Path, origin: Origin): ConfigurationNode {
    const { value, source, tag } = written;
    if (tag === ENCRYPTED_TAG) return this.#decrypted(String(value), path, origin);
    if (this.#source.variable === undefined && typeof value === 'string' && value.includes('${'))
      return this.#interpolated(value, written, path, origin);
    return this.#typed(value, source, path, origin);
  }

  #decrypted(written: string, path: Path, origin: Origin): ConfigurationNode {
    const found = (this.#key ??= lookUpKey(this.#source.environment));
    if ('reason' in found)
      return this.#refused(origin, path, `cannot be decrypted: ${found.reason}`, 'CONFIG_VALUE_REFUSED');
    const result = decryptText(written, found.key);
    if ('reason' in result) return this.#refused(origin, path, result.reason, 'CONFIG_VALUE_REFUSED');
    const { text } = result;
    return { kind: 'scalar', origin, value: text, supplied: { text, isSecret: true }, warnings: found.warnings };
  }

  #interpolated(text: string, written: YamlScalar, path: Path, origin: Origin): ConfigurationNode {
    const { environment, directory = process.cwd() } = this.#source;
    const result = interpolate(text, { environment, directory, files: this.#files });
    this.#charactersReferred += result.text.length;
    if (this.#charactersReferred > MOST_INTERPOLATED)
      return this.#refused(origin, path, SENTENCES.interpolated, 'CONFIG_LIMIT');
    if (result.problems.length > 0) {
      const problems = result.problems.map(({ message, code }) =>
        problemAt(origin, formatPath(this.#source.pathPrefix, path), message, { code }),
      );
      return { kind: 'refused', origin, problems };
    }
    const isTyped = result.isWholeVariable && written.isPlain && written.tag === undefined;
    const value = isTyped ? readPlainScalar(result.text) : result.text;
    const supplied = result.isLiteral ? undefined : { text: result.text, isSecret: false };
    const built = this.#typed(value, result.text, path, origin, supplied);
    return built.kind === 'scalar' && result.references.length > 0
      ? { ...built, references: result.references }
      : built;
  }

  #typed(
    value: unknown,
    source: string | undefined,
    path: Path,
    origin: Origin,
    supplied?: SuppliedText,
  ): ConfigurationNode {
    if (typeof value === 'number' && source !== undefined && /^[-+]?0\d+$/.test(source)) {
      // What a variable holds may be a secret of digits. As a text it is still refused where a number is needed.
      if (supplied) return { kind: 'scalar', origin, value: source, supplied };
      return this.#refused(origin, path, SENTENCES.octal, 'CONFIG_WRONG_TYPE');
    }
    if (losesDigits(value, source)) return this.#refused(origin, path, SENTENCES.digits, 'CONFIG_WRONG_TYPE');
    // The core schema of YAML 1.2 makes nothing but these; `undefined` cannot come from text.
    const scalar = (value ?? null) as string | number | boolean | null;
    return { kind: 'scalar', origin, value: scalar, ...(supplied && { supplied }) };
  }

  #refused(origin: Origin, path: Path, message: string, code: ProblemCode): RefusedNode {
    const problem = problemAt(origin, formatPath(this.#source.pathPrefix, path), message, { code });
    return { kind: 'refused', origin, problems: [problem] };
  }
}
