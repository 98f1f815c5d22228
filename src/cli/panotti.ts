#!/usr/bin/env node
/**
 * The `panotti` command. Checks the version of Node before it imports anything that an old Node cannot read. Loads what carries commands out
 * only for a command that needs it, so that help and usage errors are fast.
 */
import { isOlderNode, MINIMUM_NODE } from './node-version.js';

if (isOlderNode(process.versions.node)) {
  process.stderr.write(`panotti needs Node ${MINIMUM_NODE} or newer, and this is ${process.versions.node}.\n`);
  process.exitCode = 78;
} else {
  const { parseCommandLine } = await import('./parse-command-line.js');
  // A reader such as `head` may close the pipe early; that is not a failure.
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
