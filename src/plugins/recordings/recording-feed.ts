/** Passes every event that names a recording on to the clients that watch this recording, whichever plugin published it. */
import { resolve } from 'node:path';
import { Injectable, type MessageEvent } from '@nestjs/common';
import { onAbort, OnEvent, PluginContext, type EventContext } from 'panotti';
import { concat, defer, filter, from, map, Subject, type Observable } from 'rxjs';
import { withoutDirectory } from './public-payload.js';

interface RecordingEvent {
  readonly recordingId: string;
  readonly message: MessageEvent;
}

/** How many events of all recordings are kept for clients that come back. */
const KEPT_EVENTS = 1_000;

@Injectable()
export class RecordingFeed {
  readonly #events = new Subject<RecordingEvent>();
  /** Oldest first. */
  readonly #kept: RecordingEvent[] = [];
  readonly #dataDirectory: string;

  constructor(context: PluginContext) {
    // The folder of a plugin is `plugins/<name>` of the server's own.
    this.#dataDirectory = resolve(context.dataDirectory, '../..');
    // The host ends the streams of its own server; where another server is in front, they end here.
    context.use(onAbort(context.signal, () => this.#events.complete()));
  }

  @OnEvent('**')
  relay(payload: unknown, { id, name, source, time }: EventContext): void {
    const recordingId = recordingOf(payload);
    if (recordingId === undefined) return;
    const data = { id, name, source, time, payload: withoutDirectory(payload, this.#dataDirectory) };
    const event = { recordingId, message: { id, type: name, data } };
    this.#kept.push(event);
    if (this.#kept.length > KEPT_EVENTS) this.#kept.shift();
    this.#events.next(event);
  }

  /**
   * What happens to a recording from now on. Ends when the plugin stops.
   *
   * @param lastEventId of a client that comes back: it gets what happened since then first, or `recording.events-missed` where that event is
   *   not kept any more
   */
  of(recordingId: string, lastEventId?: string): Observable<MessageEvent> {
    const live = this.#events.pipe(
      filter((event) => event.recordingId === recordingId),
      map(({ message }) => message),
    );
    // Read when somebody subscribes, and in one go with the subscription to what comes: nothing falls between the two.
    return lastEventId === undefined
      ? live
      : concat(
          defer(() => from(this.#since(recordingId, lastEventId))),
          live,
        );
  }

  #since(recordingId: string, lastEventId: string): MessageEvent[] {
    const at = this.#kept.findLastIndex(
      (event) => event.recordingId === recordingId && event.message.id === lastEventId,
    );
    if (at < 0) return [{ type: 'recording.events-missed', id: lastEventId, data: { recordingId, lastEventId } }];
    const later = this.#kept.slice(at + 1).filter((event) => event.recordingId === recordingId);
    return later.map(({ message }) => message);
  }
}

/** Anything may be published, also something that is no object. */
function recordingOf(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null || !('recordingId' in payload)) return undefined;
  return typeof payload.recordingId === 'string' ? payload.recordingId : undefined;
}
