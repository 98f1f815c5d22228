#!/usr/bin/env node
/**
 * The `panotti` command. Imports nothing that a Node too old for it would stumble over before it could say so, and what carries commands out
 * only where there is one: help and usage errors are answered at once.
 */
import { isOlderNode, MINIMUM_NODE } from './node-version.js';

if (isOlderNode(process.versions.node)) {
  process.stderr.write(`panotti needs Node ${MINIMUM_NODE} or newer, and this is ${process.versions.node}.\n`);
  process.exitCode = 78;
} else {
  const { parseCommandLine } = await import('./parse-command-line.js');
  // A reader such as `head` that has seen enough is no failure.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 74));
  const parsed = parseCommandLine(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
  if (typeof parsed === 'number') process.exitCode = parsed;
  else {
    process.stdout.removeAllListeners('error');
    const { runInProcess } = await import('./run-in-process.js');
    await runInProcess(parsed);
  }
}
