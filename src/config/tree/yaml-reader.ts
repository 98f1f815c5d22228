/** Reads the text of one YAML file into a tree with places. Never throws: what is wrong becomes problems and refused nodes. */
import { LineCounter, parseDocument, type Document } from 'yaml';
import {
  formatPath,
  problemAt,
  WHOLE_DOCUMENT,
  type ConfigurationProblem,
  type ProblemCode,
  type Origin,
} from '../configuration-problem.js';
import { kindOf, refusalsWithin, type ConfigurationNode } from './configuration-node.js';
import { readSimpleYaml } from './simple-yaml.js';
import { encryptedTag, type ScalarSource } from './yaml-scalars.js';
import { YamlTreeBuilder } from './yaml-tree-builder.js';
import { codeOfSyntaxError, explainSyntaxError, fixOfSyntaxError } from './yaml-syntax.js';

export interface YamlSource extends ScalarSource {
  readonly text: string;
}

/** Larger files are refused unread. */
export const LARGEST_FILE_BYTES = 1024 * 1024;

/** After so many, the rest are consequences of the first. */
const MOST_SYNTAX_PROBLEMS = 20;

export function readYaml(source: YamlSource): ConfigurationNode {
  const start = { file: source.file, line: 1, column: 1 };
  if (Buffer.byteLength(source.text) > LARGEST_FILE_BYTES)
    return refused(start, WHOLE_DOCUMENT, tooLarge(), 'CONFIG_LIMIT');
  const simple = readSimpleYaml(source.text, source);
  if (simple) return simple;
  const lines = new LineCounter();
  const document = parse(source.text, lines);
  if (document === undefined) return refused(start, '(yaml)', 'the nesting is too deep', 'CONFIG_LIMIT');
  const syntax = syntaxProblems(source.file, document, lines);
  if (syntax.length > 0) return { kind: 'refused', origin: start, problems: syntax };
  const root = new YamlTreeBuilder(source, lines).build(document);
  if (root.kind === 'map') return root;
  if (root.kind === 'scalar' && root.value === null) return { kind: 'map', origin: start, entries: new Map() };
  if (root.kind === 'refused') return root;
  const notAMap = problemAt(
    root.origin,
    formatPath(source.pathPrefix, []),
    `must be a map of keys and values, but is ${kindOf(root)}`,
    {
      code: 'CONFIG_WRONG_TYPE',
    },
  );
  return { kind: 'refused', origin: root.origin, problems: [notAMap, ...refusalsWithin(root)] };
}

/** The sentence for a file above the limit. */
function tooLarge(): string {
  return `the file is larger than ${LARGEST_FILE_BYTES / 1024 / 1024} MiB`;
}

/** `undefined` when the parser itself gave up. Duplicate keys and merge keys are left to the builder, which knows their paths. */
function parse(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    return parseDocument(text, {
      version: '1.2',
      merge: false,
      uniqueKeys: false,
      stringKeys: true,
      resolveKnownTags: false,
      customTags: [encryptedTag],
      prettyErrors: false,
      logLevel: 'error',
      lineCounter,
    });
  } catch {
    return undefined;
  }
}

/** The first error of each line: the others there follow from it. */
function syntaxProblems(file: string, document: Document, lines: LineCounter): ConfigurationProblem[] {
  const byLine = new Map<number, ConfigurationProblem>();
  for (const error of [...document.errors, ...document.warnings]) {
    if (byLine.size >= MOST_SYNTAX_PROBLEMS) break;
    const { line, col } = lines.linePos(error.pos[0]);
    const fix = fixOfSyntaxError(error);
    const details = { code: codeOfSyntaxError(error), ...(fix === undefined ? {} : { fix }) };
    const problem = problemAt({ file, line, column: col }, '(yaml)', explainSyntaxError(error), details);
    if (!byLine.has(line)) byLine.set(line, problem);
  }
  if (byLine.size === 0 && document.directives?.yaml.version !== '1.2') {
    const message = 'the directive %YAML asks for another version than 1.2; remove it';
    byLine.set(1, problemAt({ file, line: 1, column: 1 }, '(yaml)', message, { code: 'CONFIG_SYNTAX' }));
  }
  return [...byLine.values()];
}

function refused(origin: Origin, path: string, message: string, code: ProblemCode): ConfigurationNode {
  return { kind: 'refused', origin, problems: [problemAt(origin, path, message, { code })] };
}
