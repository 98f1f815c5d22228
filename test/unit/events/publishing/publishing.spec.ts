import { IsInt, IsString, Matches, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import {
  EventContract,
  EventContractError,
  EventInvalidError,
  EventNotDeclaredError,
  OnEvent,
} from '../../../../src/events/index.js';
import { Secret } from '../../../../src/common/index.js';
import { EventBench } from '../event-bench.js';

class Item {
  @IsString()
  sku: unknown = 'SKU-1';
}

@EventContract('order.created')
class OrderCreated {
  @IsInt()
  quantity: unknown = 1;

  @Type(() => Item)
  @ValidateNested({ each: true })
  items: Item[] = [new Item()];
}

class Recorder {
  readonly events: unknown[] = [];

  @OnEvent('**')
  record(event: unknown): void {
    this.events.push(event);
  }
}

describe('publishing', () => {
  it('hands the very object of the publisher to every handler', async () => {
    const bench = new EventBench();
    const [first, second] = [new Recorder(), new Recorder()];
    bench.attach('one', first);
    bench.attach('two', second);
    const event = new OrderCreated();

    await bench.bus.publisherFor({ name: 'shop', emits: [OrderCreated] }).publishAndWait(event);

    expect(first.events[0]).toBe(event);
    expect(second.events[0]).toBe(event);
  });

  it('refuses an event that the manifest does not list, by class and by name', async () => {
    const events = new EventBench().bus.publisherFor({ name: 'shop', emits: ['order.paid'] });

    await expect(events.publish(new OrderCreated())).rejects.toThrow(EventNotDeclaredError);
    await expect(events.publishAndWait('order.shipped', {})).rejects.toThrow(
      'Plugin "shop" published "order.shipped", which its manifest does not list.',
    );
    await expect(events.publish('order.paid', {})).resolves.toBeUndefined();
  });

  it('accepts a class of the declared name from a second copy of it', async () => {
    @EventContract('order.created')
    class Copy {}
    const bench = new EventBench();
    const recorder = new Recorder();
    bench.attach('one', recorder);

    await bench.bus.publisherFor({ name: 'shop', emits: [OrderCreated] }).publishAndWait(new Copy());

    expect(recorder.events).toEqual([new Copy()]);
  });

  it('refuses values that are not events', async () => {
    const events = new EventBench().bus.publisherFor({ name: 'shop', emits: [OrderCreated] });

    for (const value of [undefined, null, {}, new Date(), Object.create(null)]) {
      await expect(events.publish(value as never)).rejects.toThrow(EventContractError);
    }
  });

  it.each<[string, object]>([
    ['id', { id: '' }],
    ['id', { id: 'two\nlines' }],
    ['id', { id: 'x'.repeat(201) }],
    ['id', { id: '\uD800' }],
    ['id', { id: 7 }],
    ['delayMs', { delayMs: -1 }],
    ['priority', { priority: 'urgent' }],
    ['deduplicationKey', { deduplicationKey: '\uD800' }],
    ['delayMs, id', { delayMs: 0.5, id: '' }],
  ])('refuses invalid options by name, and says what they may be: %s, %j', async (wrong, options) => {
    const bench = new EventBench();
    const recorder = new Recorder();
    bench.attach('audit', [recorder]);
    const events = bench.bus.publisherFor({ name: 'shop', emits: ['order.paid'] });

    await expect(events.publish('order.paid', 1, options)).rejects.toMatchObject({
      code: 'EVENT_CONTRACT_INVALID',
      message: expect.stringContaining(`Plugin "shop" published "order.paid" with invalid options: ${wrong}`),
      fix: expect.stringContaining('`id` a text of 1 to 200 printable characters'),
    });
    expect(recorder.events).toEqual([]);
  });

  it('lets only the host publish under its own name', async () => {
    const { bus } = new EventBench();

    await expect(
      bus.publisherFor({ name: 'panotti', emits: [] }).publish('panotti.plugin.ready', {}),
    ).resolves.toBeUndefined();
    await expect(bus.publisherFor({ name: 'panotti', emits: [] }).publish('recording.ended', {})).rejects.toThrow(
      EventNotDeclaredError,
    );
    expect(() => bus.publisherFor({ name: 'shop', emits: ['panotti.plugin.ready'] })).toThrow(
      'lists "panotti.plugin.ready" in `emits`',
    );
    expect(() => bus.publisherFor({ name: 'shop', emits: [class Plain {}] })).toThrow(
      'the class "Plain", which has no @EventContract',
    );
    expect(() => bus.publisherFor({ name: 'shop', emits: ['No Event'] })).toThrow(EventContractError);
  });

  it('reports every wrong property of an event, nested ones too, and delivers nothing', async () => {
    const bench = new EventBench();
    const recorder = new Recorder();
    bench.attach('one', recorder);
    const event = Object.assign(new OrderCreated(), {
      quantity: 1.5,
      items: [new Item(), Object.assign(new Item(), { sku: 7 })],
    });

    const error = await bench.bus
      .publisherFor({ name: 'shop', emits: [OrderCreated] })
      .publish(event)
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(EventInvalidError);
    expect(error).toMatchObject({
      code: 'EVENT_INVALID',
      plugin: 'shop',
      event: 'order.created',
      problems: ['items.1.sku: sku must be a string', 'quantity: quantity must be an integer number'],
    });
    expect(recorder.events).toEqual([]);
  });

  it('never shows a value, not even where the author quotes it in a message', async () => {
    @EventContract('key.made')
    class KeyMade {
      @Matches(/^k-/, { message: 'key $value is wrong' })
      key = 'hunter2';
    }
    const events = new EventBench().bus.publisherFor({ name: 'shop', emits: [KeyMade] });

    await expect(events.publish(new KeyMade())).rejects.toMatchObject({ problems: ['key: violates matches'] });
  });

  it('makes a payload an instance of the class that the manifest lists under its name, and validates it', async () => {
    const bench = new EventBench();
    const recorder = new Recorder();
    bench.attach('one', recorder);
    const events = bench.bus.publisherFor({ name: 'shop', emits: [OrderCreated] });

    await events.publishAndWait('order.created', { quantity: 3, items: [{ sku: 'a' }] });

    expect(recorder.events).toEqual([
      Object.assign(new OrderCreated(), { quantity: 3, items: [Object.assign(new Item(), { sku: 'a' })] }),
    ]);
    expect(recorder.events[0]).toBeInstanceOf(OrderCreated);
    await expect(events.publish('order.created', { quantity: 'many', items: [] })).rejects.toThrow(EventInvalidError);
  });

  it('validates nothing when that is switched off', async () => {
    const { bus } = new EventBench({ validate: false });

    await expect(
      bus
        .publisherFor({ name: 'shop', emits: [OrderCreated] })
        .publish(Object.assign(new OrderCreated(), { quantity: 'x' })),
    ).resolves.toBeUndefined();
  });

  it('reaches a plugin that comes later, and no longer one that has gone, although tables are kept', async () => {
    const bench = new EventBench();
    const events = bench.bus.publisherFor({ name: 'shop', emits: ['order.paid'] });
    const recorder = new Recorder();

    const outcomes = [await events.publishAndWait('order.paid', 1)];
    const attachment = bench.attach('one', recorder);
    outcomes.push(await events.publishAndWait('order.paid', 2));
    attachment.close();
    outcomes.push(await events.publishAndWait('order.paid', 3));

    expect(outcomes.map(({ length }) => length)).toEqual([0, 1, 0]);
    expect(recorder.events).toEqual([2]);
  });
});

describe('a secret in an event', () => {
  it.each<[string, unknown, string]>([
    ['order.paid', { token: new Secret('hunter2') }, 'token'],
    ['order.paid', { card: { keys: [1, { pin: new Secret('hunter2') }] } }, 'card.keys[1].pin'],
    ['order.paid', new Secret('hunter2'), 'payload'],
    ['order.created', { quantity: 1, items: [{ sku: new Secret('hunter2') }] }, 'items[0].sku'],
  ])('is refused by name, and reaches no handler: %s %j', async (name, payload, path) => {
    const bench = new EventBench();
    const recorder = new Recorder();
    bench.attach('one', recorder);
    const events = bench.bus.publisherFor({ name: 'shop', emits: ['order.paid', OrderCreated] });

    for (const publish of [events.publish(name, payload), events.publishAndWait(name, payload)]) {
      await expect(publish).rejects.toMatchObject({
        code: 'EVENT_INVALID',
        problems: [
          expect.stringMatching(
            new RegExp(`^${path.replaceAll(/[[\].]/g, '\\$&')}: is a Secret, which no event may carry`),
          ),
        ],
      });
    }
    expect(recorder.events).toEqual([]);
  });

  it('is refused in an instance of the class too, also when nothing is validated', async () => {
    const bench = new EventBench({ validate: false });
    const events = bench.bus.publisherFor({ name: 'shop', emits: [OrderCreated] });

    await expect(
      events.publish(Object.assign(new OrderCreated(), { quantity: new Secret('hunter2') })),
    ).rejects.toThrow(EventInvalidError);
  });

  it('is looked for in any payload, also one that contains itself, is empty or has a getter that throws', async () => {
    const bench = new EventBench();
    const recorder = new Recorder();
    bench.attach('one', recorder);
    const events = bench.bus.publisherFor({ name: 'shop', emits: ['order.paid'] });
    const around: { self?: unknown; all?: unknown } = {};
    around.self = around;
    around.all = [around, Buffer.alloc(1_000_000)];
    const throwing = {
      get broken(): never {
        throw new Error('no');
      },
    };
    for (const payload of [around, undefined, null, throwing]) await events.publishAndWait('order.paid', payload);

    expect(recorder.events).toHaveLength(4);
  });
});
