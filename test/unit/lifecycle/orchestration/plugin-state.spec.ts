import {
  HISTORY_LENGTH,
  isUndecided,
  isUp,
  type PluginStateName,
  PluginStateMachine,
  TRANSITIONS,
} from '../../../../src/lifecycle/orchestration/plugin-state.js';

const at = (time: number, reason?: string) => ({ time, monotonicMs: time * 10, attempt: 1, reason });

describe('the state of a plugin', () => {
  it('begins with its discovery and records each transition with time, attempt and reason', () => {
    const machine = new PluginStateMachine();
    machine.enter('blocked', at(1, 'waits for "db"'));
    machine.enter('starting', at(2));
    machine.enter('ready', at(3));

    expect(machine.state).toBe('ready');
    expect(machine.history).toEqual([
      { from: 'discovered', to: 'blocked', time: 1, attempt: 1, reason: 'waits for "db"', afterMs: 0 },
      { from: 'blocked', to: 'starting', time: 2, attempt: 1, reason: undefined, afterMs: 10 },
      { from: 'starting', to: 'ready', time: 3, attempt: 1, reason: undefined, afterMs: 10 },
    ]);
  });

  it('refuses a transition that the table does not have', () => {
    const machine = new PluginStateMachine();

    expect(() => machine.enter('ready', at(1))).toThrow('A plugin cannot go from "discovered" to "ready".');
    expect(machine.state).toBe('discovered');
  });

  it('records no transition when neither state nor reason changes', () => {
    const machine = new PluginStateMachine();
    machine.enter('blocked', at(1, 'waits'));

    expect(machine.enter('blocked', at(2, 'waits'))).toBeUndefined();
    expect(machine.enter('blocked', at(3, 'waits for another'))).toMatchObject({ time: 3 });
  });

  it('keeps the newest part of a long history', () => {
    const machine = new PluginStateMachine();
    for (let time = 0; time < HISTORY_LENGTH + 10; time++) machine.enter('blocked', at(time, `reason ${time}`));

    expect(machine.history).toHaveLength(HISTORY_LENGTH);
    expect(machine.history.at(-1)?.reason).toBe(`reason ${HISTORY_LENGTH + 9}`);
  });

  it('leads from every state to stopped', () => {
    const reachable = (from: PluginStateName, seen = new Set<PluginStateName>()): Set<PluginStateName> => {
      for (const next of TRANSITIONS[from]) if (!seen.has(next)) reachable(next, seen.add(next));
      return seen;
    };

    for (const state of Object.keys(TRANSITIONS) as PluginStateName[]) expect(reachable(state)).toContain('stopped');
  });

  it('never counts a state as serving and as undecided', () => {
    for (const state of Object.keys(TRANSITIONS) as PluginStateName[])
      expect(isUp(state) && isUndecided(state)).toBe(false);
  });
});
