import { DeliveryVictim } from '../support/delivery-victim.js';

const RUNS = process.env['PANOTTI_TEST_FULL'] ? 20 : 1;
const ORDERS = Array.from({ length: 30 }, (_, index) => `o${index}`);

/** The steps in the life of an event, and where to end in the first run: each run after that ends one later, up to `span`. */
const STEPS = [
  { step: 'it is validated', point: 'event-validated', first: 9, span: 20 },
  { step: 'it is sealed', point: 'event-sealed', first: 9, span: 20 },
  { step: 'it is written', point: 'unit-applied', first: 20, span: 20 },
  { step: 'its commit begins', point: 'before-commit', first: 5, span: 4 },
  { step: 'its commit is on the disk', point: 'after-commit', first: 5, span: 4 },
  { step: 'its publisher is told', point: 'publish-acknowledged', first: 9, span: 18 },
  { step: 'a retry is claimed', point: 'delivery-claimed', first: 1, span: 3 },
  { step: 'its handler is called', point: 'handler-invoked', first: 9, span: 20 },
  { step: 'its handler has begun', point: 'handler-begun', first: 9, span: 20 },
  { step: 'its handler has changed a state', point: 'state-staged', first: 9, span: 18 },
  { step: 'its handler has published one event', point: 'first-staged', first: 9, span: 18 },
  { step: 'its handler has published two events', point: 'second-staged', first: 9, span: 18 },
  { step: 'its handler is done', point: 'handler-resolved', first: 9, span: 20 },
  { step: 'its delivery is complete', point: 'delivery-completed', first: 9, span: 20 },
  { step: 'it is purged', point: 'log-trimmed', first: 1, span: 1 },
] as const;

describe('F-01 the process is killed at a step in the life of a durable event', () => {
  it.each(STEPS)(
    'F-01 after $step: no accepted event is lost, none that failed is delivered, and nothing is half visible',
    async ({ point, first, span }) => {
      for (let run = 0; run < RUNS; run++) {
        await using victim = await DeliveryVictim.created();
        const purges = point === 'log-trimmed';
        expect(await victim.run({ orders: ORDERS, kill: { point, count: first + (run % span) }, purges })).toBe(
          'SIGKILL',
        );
        if (!purges) expect(await victim.halves()).toEqual([]);
        expect(await victim.run()).toBe(0);
        if (!purges) expect(await victim.halves()).toEqual([]);

        const [tried, invoked, booked, billed] = ['tried', 'invoked', 'booked', 'billed'].map((word) =>
          victim.counts(word),
        );
        for (const id of victim.counts('acked').keys()) {
          expect([id, invoked?.has(id), booked?.has(id), billed?.has(id)]).toEqual([id, true, true, true]);
        }
        for (const [id, times] of [...(booked ?? []), ...(billed ?? [])]) {
          expect([id, tried?.has(id), times <= 2]).toEqual([id, true, true]);
        }
        // One more for each that was under way; those that fail at first are called twice anyway.
        const tooOften = [...(invoked ?? [])].filter(([id, times]) => times > (id.endsWith('2') ? 3 : 2));
        expect(tooOften).toEqual([]);
        expect([...(invoked ?? [])].filter(([id]) => id.endsWith('3'))).toEqual([]);
      }
    },
  );
});
