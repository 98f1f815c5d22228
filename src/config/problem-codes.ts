/** The kinds of problems of a configuration, and what an operator does about each where nothing more exact is known. */

export const PROBLEM_FIXES = {
  CONFIG_SYNTAX: 'Correct the YAML at this place: indentation, quotes, brackets and colons.',
  CONFIG_LIMIT: 'Make the file smaller or flatter, or split it: one file for each plugin in config/plugins.',
  CONFIG_FILE: 'Make the file a readable file of UTF-8 text, give it the name that is asked for, or remove it.',
  CONFIG_DUPLICATE_KEY: 'Remove all but one of them.',
  CONFIG_UNKNOWN_KEY: 'Correct the name, or remove it.',
  CONFIG_UNKNOWN_VARIABLE: 'Correct the name of the variable, or unset it.',
  CONFIG_MISSING: 'Write a value for it.',
  CONFIG_WRONG_TYPE: 'Write a value of the type that is asked for.',
  CONFIG_VALUE_REFUSED: 'Write a value that is allowed.',
  CONFIG_REFERENCE:
    'Set the variable, give it a default as in ${NAME:-default}, or write $${ for the characters themselves.',
  CONFIG_CONFLICT: 'Keep one of the two.',
  CONFIG_DEPRECATED: 'Use what the message names instead.',
  CONFIG_CLASS: 'Correct the class; this is for the author of the plugin.',
} as const;

/** Listed in docs/errors.md. */
export type ProblemCode = keyof typeof PROBLEM_FIXES;
