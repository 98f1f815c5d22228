/** `${NAME}`, `${NAME:-default}`, `${file:path}` and `$${` in the text of a value. Who reads the value types and places it. */
import { resolve } from 'node:path';
import { quotedText, type ProblemCode } from '../configuration-problem.js';
import { variable, type Environment } from '../environment.js';
import { readBoundedFile, UnreadableFile } from '../files/bounded-file.js';

interface InterpolationProblem {
  readonly code: ProblemCode;
  readonly message: string;
}

export interface Interpolation {
  readonly text: string;
  /** The text was one variable and nothing else, so that the result may be a number or a truth value. What a file holds is always text. */
  readonly isWholeVariable: boolean;
  /** No variable and no file gave any of the text: defaults stand in the document like any text. */
  readonly isLiteral: boolean;
  /** What it refers to, as written between the braces and without defaults: `NAME`, `file:/run/secrets/key`. */
  readonly references: readonly string[];
  /** In order of appearance, each once. */
  readonly problems: readonly InterpolationProblem[];
}

export interface InterpolationSource {
  readonly environment: Environment;
  /** Where relative paths of files start. */
  readonly directory: string;
  /** What has been read, so that each file is read once however often it is referred to. */
  readonly files: Map<string, string | UnreadableFile | undefined>;
}

/** Enough for keys and certificates. */
const LARGEST_REFERENCE_BYTES = 64 * 1024;

const VARIABLE = /^([A-Za-z_]\w*)(?::-(.*))?$/s;
const FILE = 'file:';
/** Content of one value; each reference could add as much as a file holds. */
const MOST_REFERENCES = 100;

const SENTENCES = {
  open: '"${" is not closed; write ${NAME}, ${NAME:-default} or ${file:path}, or $${ for the characters themselves',
  nested: 'a ${…} cannot hold another one, nor braces; put them side by side, or set a variable to the whole text',
  malformed:
    '"${" begins no reference; write ${NAME}, ${NAME:-default} or ${file:path}, or $${ for the characters themselves',
  many: `holds more than ${MOST_REFERENCES} references`,
};

/** As in a shell, the default stands in for a variable that is not set and for one that is empty. */
export function interpolate(text: string, source: InterpolationSource): Interpolation {
  const references: string[] = [];
  const problems = new Map<string, InterpolationProblem>();
  const parts: string[] = [];
  let isWholeVariable = false;
  let isLiteral = true;
  let position = 0;
  for (let start = text.indexOf('${'); start !== -1; start = text.indexOf('${', position)) {
    const isEscaped = start > position && text[start - 1] === '$';
    parts.push(text.slice(position, isEscaped ? start - 1 : start));
    position = start + 2;
    if (isEscaped) {
      parts.push('${');
      continue;
    }
    const reference = readReference(text, position, source);
    if (references.length >= MOST_REFERENCES)
      return failed(references, [{ code: 'CONFIG_LIMIT', message: SENTENCES.many }]);
    if ('code' in reference) problems.set(reference.message, reference);
    else parts.push(reference.text);
    if (reference.end === undefined) return failed(references, [...problems.values()]);
    if (reference.name !== undefined) references.push(reference.name);
    if (reference.isDefault !== true) isLiteral = false;
    isWholeVariable = start === 0 && reference.end === text.length && !reference.name?.startsWith(FILE);
    position = reference.end;
  }
  if (problems.size > 0) return failed(references, [...problems.values()]);
  return { text: parts.join('') + text.slice(position), isWholeVariable, isLiteral, references, problems: [] };
}

function failed(references: readonly string[], problems: readonly InterpolationProblem[]): Interpolation {
  return { text: '', isWholeVariable: false, isLiteral: true, references, problems };
}

interface Place {
  /** After the closing brace; `undefined` where there is none, so that nothing after it can be read. */
  readonly end: number | undefined;
  readonly name?: string;
  /** The text is the default that stands in the reference itself. */
  readonly isDefault?: boolean;
}

function readReference(
  text: string,
  start: number,
  source: InterpolationSource,
): Place & ({ text: string } | InterpolationProblem) {
  const closing = text.indexOf('}', start);
  if (closing === -1) return { end: undefined, ...wrong(SENTENCES.open) };
  const inside = text.slice(start, closing);
  const end = closing + 1;
  // Where the outer one ends is a guess, so what follows is not read.
  if (inside.includes('{')) return { end: undefined, ...wrong(SENTENCES.nested) };
  if (inside.startsWith(FILE)) return { end, name: inside, ...readFileReference(inside.slice(FILE.length), source) };
  const [, name, fallback] = VARIABLE.exec(inside) ?? [];
  if (name === undefined) return { end, ...wrong(SENTENCES.malformed) };
  const value = variable(source.environment, name);
  if (fallback !== undefined) return { end, name, text: value || fallback, isDefault: !value };
  return {
    end,
    name,
    ...(value === undefined ? wrong(`the environment variable ${name} is not set`) : { text: value }),
  };
}

/** Its last line break is an editor's, and not part of the value. */
function readFileReference(
  path: string,
  { directory, files }: InterpolationSource,
): { text: string } | InterpolationProblem {
  if (path.trim() === '' || path.includes('\0')) return wrong(SENTENCES.malformed);
  const unreadable = (why: string): InterpolationProblem => ({
    code: 'CONFIG_FILE',
    message: `the file ${quotedText(path)} cannot be read: ${why}`,
  });
  const resolved = resolve(directory, path);
  if (!files.has(resolved)) files.set(resolved, contentOf(resolved));
  const content = files.get(resolved);
  if (content instanceof UnreadableFile) return unreadable(content.message);
  return content === undefined ? unreadable('there is none') : { text: content.replace(/\r?\n$/, '') };
}

function contentOf(path: string): string | UnreadableFile | undefined {
  try {
    return readBoundedFile(path, LARGEST_REFERENCE_BYTES);
  } catch (error) {
    if (error instanceof UnreadableFile) return error;
    throw error;
  }
}

function wrong(message: string): InterpolationProblem {
  return { code: 'CONFIG_REFERENCE', message };
}
