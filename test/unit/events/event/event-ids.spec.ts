import fc from 'fast-check';
import { EventIds } from '../../../../src/events/event/event-ids.js';

describe('the ids of events', () => {
  it('are UUIDs of version 7 that carry their time', () => {
    const id = new EventIds().next(Date.UTC(2026, 0, 1));

    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 0, 1));
  });

  it('only grow, also when the clock goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 200 }), (steps) => {
        const ids = new EventIds();
        let nowMs = 1_700_000_000_000;
        const made = steps.map((step) => ids.next((nowMs += step)));
        expect(made).toEqual([...new Set(made)].toSorted());
      }),
    );
  });

  it.each([-86_400_000, 0, Date.UTC(2100, 0, 1)])(
    'are well formed and grow from the first one on where the clock shows %d',
    (nowMs) => {
      const ids = new EventIds();
      const made = [nowMs, nowMs, nowMs + 1].map((time) => ids.next(time));

      for (const id of made)
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(made).toEqual([...new Set(made)].toSorted());
    },
  );

  it('go on growing when a millisecond has more events than the counter holds', () => {
    const ids = new EventIds();
    const made = Array.from({ length: 10_000 }, () => ids.next(1_700_000_000_000));

    expect(made).toEqual([...new Set(made)].toSorted());
  });

  it('of two processes differ', () => {
    expect(new EventIds().next(1_700_000_000_000)).not.toBe(new EventIds().next(1_700_000_000_000));
  });
});
