/** What each spec of this folder does with its packages: two plugins side by side, through start, use, restart, reload and stop. */
import { itWhere } from '../../support/it-where.js';
import { OutsidePackages } from '../../support/outside-packages.js';
import { type Lives, OutsideSite } from '../../support/outside-site.js';

export interface PackageCase {
  readonly title: string;
  /** The module of each of the two plugins, `one` and `two`; it has `NAME` and `declare`. */
  readonly body: string;
  /** What the plugin of this name answers when it is used. */
  readonly answer: (name: string) => unknown;
  /** Plugins whose stop is not clean: a hook of the package fails, because the server that it speaks to is not there. */
  readonly unclean?: readonly string[];
  /** What else is expected. */
  readonly also?: (lives: Lives) => void;
}

const NEST = new OutsidePackages('nest');

export function describePackages(title: string, cases: readonly PackageCase[]): void {
  describe(title, () => {
    itWhere(NEST.areInstalled).each(cases)(
      '$title works in two plugins side by side, over restarts and a reload, and leaves nothing',
      async (one) => {
        await using site = await OutsideSite.with({ one: one.body, two: one.body }, NEST);
        const lives = await site.live();

        const answers = (...names: string[]): object =>
          Object.fromEntries(names.map((name) => [name, JSON.stringify({ answer: one.answer(name) })]));
        expect(lives.started).toEqual(answers('one', 'two'));
        expect(lives.restarted).toEqual(answers('one', 'two'));
        expect(lives.afterReload).toEqual(answers('one', 'two'));
        expect(lives.oneStopped).toEqual({ one: expect.stringMatching(/^stopped: /), ...answers('two') });
        expect(lives).toMatchObject({ grown: 0, left: [], unclean: one.unclean ?? [] });
        one.also?.(lives);
      },
    );
  });
}
