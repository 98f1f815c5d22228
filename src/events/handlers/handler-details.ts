/** What a handler is made of. */
import type { LoggerService } from '@nestjs/common';
import type { EventClass } from '../../plugin/index.js';
import type { EmitterListening } from '../contracts/subscription.js';
import type { HandlerCounters } from '../event-counters.js';
import type { DeliveryPolicy } from './delivery-policy.js';
import type { EventReader } from './event-reader.js';
import type { HandlerCall } from './handler-call.js';

/** What makes a subscription durable. */
export interface DurableIdentity {
  readonly name: string;
  readonly eventClass: EventClass;
  readonly from: 'now' | 'beginning';
}

export interface HandlerDetails {
  readonly plugin: string;
  /** `Class.method`. */
  readonly label: string;
  readonly pattern: string;
  /** Set for a durable subscription, whose deliveries do not come through `deliver`. */
  readonly durable?: DurableIdentity | undefined;
  /** Set for a method with the decorator of `@nestjs/event-emitter`. */
  readonly listens?: (EmitterListening & { readonly isPerRequest: boolean }) | undefined;
  /** Set if the subscription names a class. */
  readonly reader: EventReader | undefined;
  readonly instance: object;
  readonly method: (this: object, payload: unknown, call: HandlerCall) => unknown;
  readonly logger: LoggerService;
  readonly policy: DeliveryPolicy;
  readonly queueLimit: number;
  /** How long a call may hold a key or a place after its deadline, in milliseconds. */
  readonly hungAfterMs: number;
  readonly counters: HandlerCounters;
}
