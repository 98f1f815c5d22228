/** Passes every event that names a recording on to the clients that watch this recording, whichever plugin published it. */
import { Injectable, type MessageEvent } from '@nestjs/common';
import { onAbort, OnEvent, PluginContext, type EventContext } from 'panotti';
import { filter, map, Subject, type Observable } from 'rxjs';

interface RecordingEvent {
  readonly recordingId: string;
  readonly message: MessageEvent;
}

@Injectable()
export class RecordingFeed {
  readonly #events = new Subject<RecordingEvent>();

  constructor(context: PluginContext) {
    // The host ends the streams of its own server; where another server is in front, they end here.
    context.use(onAbort(context.signal, () => this.#events.complete()));
  }

  @OnEvent('**')
  relay(payload: unknown, { id, name, source, time }: EventContext): void {
    const recordingId = recordingOf(payload);
    if (recordingId !== undefined)
      this.#events.next({ recordingId, message: { id, type: name, data: { id, name, source, time, payload } } });
  }

  /** What happens to a recording from now on. Ends when the plugin stops. */
  of(recordingId: string): Observable<MessageEvent> {
    return this.#events.pipe(
      filter((event) => event.recordingId === recordingId),
      map(({ message }) => message),
    );
  }
}

/** Anything may be published, also something that is no object. */
function recordingOf(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null || !('recordingId' in payload)) return undefined;
  return typeof payload.recordingId === 'string' ? payload.recordingId : undefined;
}
