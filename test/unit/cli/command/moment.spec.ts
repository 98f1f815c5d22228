import { readMoment } from '../../../../src/cli/command/moment.js';

const NOW = Date.UTC(2026, 2, 1, 12);

describe('a moment on the command line', () => {
  it.each([
    ['2026-03-01T08:30:00Z', Date.UTC(2026, 2, 1, 8, 30)],
    ['2026-03-01T08:30:00.250+02:00', Date.UTC(2026, 2, 1, 6, 30, 0, 250)],
    ['2026-03-01T08:30', new Date(2026, 2, 1, 8, 30).getTime()],
    ['2026-03-01 08:30', new Date(2026, 2, 1, 8, 30).getTime()],
    ['2026-03-01', new Date(2026, 2, 1).getTime()],
    ['2024-02-29', new Date(2024, 1, 29).getTime()],
    ['2h', NOW - 7_200_000],
    ['1h30m', NOW - 5_400_000],
    ['250ms', NOW - 250],
    ['7d', NOW - 604_800_000],
  ])('%s is understood', (text, moment) => {
    expect(readMoment(text, NOW)).toBe(moment);
  });

  it.each([
    '',
    'yesterday',
    '2026',
    '30',
    '-2h',
    '2h ago',
    '2026-02-30',
    '2026-13-01',
    '2026-03-01T24:00',
    '2026-03-01T8:30',
    '01.03.2026',
    '2h1d',
  ])('"%s" is not guessed at', (text) => {
    expect(readMoment(text, NOW)).toBeUndefined();
  });
});
