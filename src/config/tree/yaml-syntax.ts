/**
 * What an operator reads when a file is not valid YAML. The parser's own sentences are not used: some quote the file, and a wrong line may
 * hold a password.
 */
import type { YAMLError } from 'yaml';
import type { ProblemCode } from '../configuration-problem.js';

const SENTENCES: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'a word that begins with * refers to an anchor, and this one is not written correctly; put text in quotes',
  BAD_DIRECTIVE: 'a line that begins with % is a directive, and this one is not known; remove it',
  BAD_DQ_ESCAPE: 'this is not an escape sequence; write \\\\ for a backslash, or use single quotes',
  BAD_INDENT:
    'the indentation does not fit the lines above, or a bracket is not closed; keys of one map begin in the same column',
  BAD_SCALAR_START: 'a text cannot begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a second ": " in one line, or a key that is indented below a value; indent keys alike, or put the text in quotes',
  BLOCK_IN_FLOW: 'inside [ ] and { } everything is separated by commas, without dashes or indented keys',
  KEY_OVER_1024_CHARS: 'a key is longer than 1,024 characters; a quote may be missing',
  MISSING_CHAR:
    'a quote, bracket, comma or colon is missing here or above; values with ${…} inside [ ] and { } need quotes',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line and end with a colon; the colon may be missing',
  MULTIPLE_ANCHORS: 'a value can have one anchor only',
  MULTIPLE_DOCS: 'the file holds more than one document; remove the line ---',
  MULTIPLE_TAGS: 'a value can have one tag only',
  NON_STRING_KEY: 'a key must be text, not a list, a map or an alias',
  RESOURCE_EXHAUSTION: 'the nesting is too deep',
  TAB_AS_INDENT: 'a tab is used as indentation; use spaces',
  TAG_RESOLVE_FAILED:
    'the only tag that begins with ! is !encrypted, before a text, and a standard tag such as !!str must fit its value',
  UNEXPECTED_TOKEN:
    'this does not belong here; check indentation and quotes above, and put values with ${…} inside [ ] and { } in quotes',
};

const FIXES: Partial<Record<YAMLError['code'], string>> = {
  TAG_RESOLVE_FAILED:
    'Write ${NAME} for a variable and ${file:path} for the content of a file, in place of !secret, !env and !include; put a text that begins with ! in quotes.',
};

const OTHERWISE = 'this is not valid YAML; check indentation, quotes and brackets here and above';

/** What is a limit of the parser, and not a mistake. */
const LIMITS: Partial<Record<YAMLError['code'], ProblemCode>> = { RESOURCE_EXHAUSTION: 'CONFIG_LIMIT' };

export function codeOfSyntaxError(error: YAMLError): ProblemCode {
  return LIMITS[error.code] ?? 'CONFIG_SYNTAX';
}

/** What to do about it, where that is more than to look at the place. */
export function fixOfSyntaxError(error: YAMLError): string | undefined {
  return FIXES[error.code];
}

/** One sentence for the error, without any text of the file. */
export function explainSyntaxError(error: YAMLError): string {
  return SENTENCES[error.code] ?? OTHERWISE;
}
