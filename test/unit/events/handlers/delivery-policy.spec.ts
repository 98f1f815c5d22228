import { EventDepthError, HandlerTimeoutError, type SubscriptionOptions } from '../../../../src/events/index.js';
import { DeliveryPolicy } from '../../../../src/events/handlers/delivery-policy.js';

class Final extends Error {}
class Retryable extends Error {}

const MEMORY: SubscriptionOptions = { retry: { attempts: 3 } };
const DURABLE: SubscriptionOptions = { delivery: 'durable', retry: { attempts: 3 } };
const ONCE_DURABLE: SubscriptionOptions = { delivery: 'durable', retry: { attempts: 1 } };
const CHOSEN: SubscriptionOptions = { retry: { attempts: 3, retryable: [Retryable], final: [Final] } };

const failed = new Error('down');
const conflict = Object.assign(new Error('changed by others'), { contention: 'conflict' });
const full = new Error('no room', { cause: Object.assign(new Error(), { contention: 'room' }) });
const late = new HandlerTimeoutError('mail', 'Mail.send', 'job.made', 10);

describe('the policy of a handler, after a failed attempt', () => {
  it.each([
    ['retries an error', MEMORY, failed, { attempts: 1 }, { attempts: 1, isCounted: true, conflicts: undefined }],
    ['gives up after the last attempt', MEMORY, failed, { attempts: 3 }, undefined],
    ['decides the same for a durable handler', DURABLE, failed, { attempts: 3 }, undefined],
    ['gives up at once after a final error', CHOSEN, new Final(), { attempts: 1 }, undefined],
    ['gives up at once after an error that is not retryable', CHOSEN, failed, { attempts: 1 }, undefined],
    ['retries a retryable error', CHOSEN, new Retryable(), { attempts: 1 }, { attempts: 1 }],
    ['retries a deadline that has passed, even if it is not listed', CHOSEN, late, { attempts: 1 }, { attempts: 1 }],
    ['gives up events that cause each other', DURABLE, new EventDepthError('a', 1, []), { attempts: 1 }, undefined],
    ['does not count a conflict', MEMORY, conflict, { attempts: 3 }, { attempts: 2, isCounted: false, conflicts: 1 }],
    [
      'counts conflicts in a row',
      DURABLE,
      conflict,
      { attempts: 1, conflicts: 9 },
      { isCounted: false, conflicts: 10 },
    ],
    [
      'counts the 101st conflict',
      DURABLE,
      conflict,
      { attempts: 1, conflicts: 100 },
      { isCounted: true, conflicts: 100 },
    ],
    ['gives up when that was the last attempt', DURABLE, conflict, { attempts: 3, conflicts: 100 }, undefined],
    [
      'does not count a lack of room',
      DURABLE,
      full,
      { attempts: 3 },
      { attempts: 2, isCounted: false, conflicts: undefined },
    ],
    ['calls a handler in memory once, if it has one attempt', {}, conflict, { attempts: 1 }, undefined],
    [
      'retries a conflict of a durable handler with one attempt',
      ONCE_DURABLE,
      conflict,
      { attempts: 1 },
      { attempts: 0 },
    ],
    ['leaves each event of a batch an attempt alone', DURABLE, failed, { attempts: 3, isBatch: true }, { attempts: 2 }],
    [
      'retries a batch alone even after a final error',
      CHOSEN,
      new Final(),
      { attempts: 1, isBatch: true },
      { attempts: 1 },
    ],
  ])('%s', (_title, options, error, made, next) => {
    const decision = new DeliveryPolicy(options, 1_000).after(error, made);

    if (next === undefined) expect(decision).toBeUndefined();
    else expect(decision).toMatchObject(next);
  });
});
