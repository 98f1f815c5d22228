/**
 * The entry of the server process. It imports everything else after the version of Node is known to be new enough, so that an old one gets
 * one clear line instead of a syntax error.
 */
const OLDEST_NODE = [24, 15] as const;
const EXIT_CONFIGURATION = 78;

function isNodeTooOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

// A diagnostic report, which Node may write when the process crashes, would list all variables, and secrets are among them.
if (process.report) process.report.excludeEnv = true;
if (isNodeTooOld()) {
  process.stderr.write(`Panotti needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.\n`);
  process.exit(EXIT_CONFIGURATION);
}
// From the first moment, and never taken away: a signal that has come and was not handled yet would be lost with its handler.
const stopSignals = { stop: (_signal: NodeJS.Signals): void => process.exit(0) };
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, (name: NodeJS.Signals) => stopSignals.stop(name));
const { main } = await import('./server/index.js');
await main(process.argv.slice(2), stopSignals);
