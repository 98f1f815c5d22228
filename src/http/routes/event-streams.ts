/** Keeps streams of server-sent events open where proxies close what is silent: nginx after 60 s, load balancers often after 30 s. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../common/index.js';

/** How often a comment is sent, in milliseconds. */
const COMMENT_INTERVAL_MS = 15_000;
/** A line that begins with a colon is a comment, which clients ignore. */
const COMMENT = ':\n\n';

/**
 * Sends a comment every 15 seconds until the response ends. The host does this for every `@Sse()` route of a plugin; call it yourself for a
 * stream that you write by hand. Its writer must write whole events, so that a comment never lands within one.
 */
export function keepEventStreamAlive(response: ServerResponse, clock: Clock): void {
  const send = (): void => {
    if (response.destroyed || response.writableEnded) return;
    // A client that does not read needs no comment: what waits for it already goes over the connection first.
    if (response.headersSent && !response.writableNeedDrain) response.write(COMMENT);
    timer = clock.after(COMMENT_INTERVAL_MS, send, { background: true });
  };
  let timer = clock.after(COMMENT_INTERVAL_MS, send, { background: true });
  response.once('close', () => timer.cancel());
}
