#!/usr/bin/env node
/** The `panotti` command. Imports nothing that a Node too old for it would stumble over before it could say so. */
import { isOlderNode, MINIMUM_NODE } from './node-version.js';

if (isOlderNode(process.versions.node)) {
  process.stderr.write(`panotti needs Node ${MINIMUM_NODE} or newer, and this is ${process.versions.node}.\n`);
  process.exitCode = 78;
} else {
  const { runInProcess } = await import('./run-in-process.js');
  await runInProcess();
}
