import { Interruptions } from '../../support/interruptions.js';

const HIT_THRICE = 'start killed start killed start killed';

type Word = 'start' | 'end' | 'fail' | 'tried' | 'acked' | 'killed';

/** @param journal such as `start killed`, all of one delivery and one publish */
function poisoned(journal: string): boolean {
  const interruptions = new Interruptions();
  for (const word of journal.split(' ') as Word[]) {
    if (word === 'killed') interruptions.killed();
    else interruptions[word](word === 'tried' || word === 'acked' ? 'placed 0-0-1' : 'post 0-0-0');
  }
  return interruptions.isPoisoned('post 0-0-0');
}

describe('A delivery is excused as poison', () => {
  it.each([
    ['five kills in a row hit it', `${HIT_THRICE} start killed start killed`],
    ['it did not begin in a life between them', `start killed killed ${HIT_THRICE} start killed`],
    ['its end was on its way to the disk', `${HIT_THRICE} start killed start tried end acked killed`],
    ['what was published behind its end was on its way too', `${HIT_THRICE} start killed start end tried killed`],
    ['it had failed before', `start fail killed ${HIT_THRICE} start killed start killed`],
  ])('where %s', (_title, journal) => {
    expect(poisoned(journal)).toBe(true);
  });

  it.each([
    ['four kills hit it', `${HIT_THRICE} start killed`],
    ['it had not begun in one of five lives', `${HIT_THRICE} start killed killed`],
    ['it has failed between them', `start killed start fail killed ${HIT_THRICE} start killed`],
    ['it was tried again in one of the lives', `${HIT_THRICE} start killed start start killed`],
    [
      'its end must have been on the disk in one of the lives',
      `${HIT_THRICE} start killed start end tried acked killed`,
    ],
    ['the server has ended in order', `${HIT_THRICE} start killed start`],
  ])('not where %s', (_title, journal) => {
    expect(poisoned(journal)).toBe(false);
  });
});
