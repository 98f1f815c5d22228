/** Runs in every suite: a test that leaves a built-in prototype other than it found it fails. */
const WATCHED = { Object, Array, Function, String, Number, Boolean, Map, Set, Promise, Error } as const;

const keysOf = (): Record<string, PropertyKey[]> =>
  Object.fromEntries(Object.entries(WATCHED).map(([name, { prototype }]) => [name, Reflect.ownKeys(prototype)]));

const before = keysOf();

afterEach(() => {
  expect(keysOf()).toEqual(before);
});
