/** The pages of docs/reference, made from the code. `npm run docs` writes them; a test fails when one is stale. */

export interface ReferenceSources {
  readonly TRANSITIONS: Readonly<Record<string, readonly string[]>>;
  readonly STATE_MEANINGS: Readonly<Record<string, string>>;
}

/** File name to content. */
export function referencePages({ TRANSITIONS, STATE_MEANINGS }: ReferenceSources): Record<string, string> {
  const rows = Object.entries(TRANSITIONS).map(
    ([state, next]) => `| \`${state}\` | ${STATE_MEANINGS[state]} | ${next.map((one) => `\`${one}\``).join(', ')} |`,
  );
  const edges = Object.entries(TRANSITIONS).flatMap(([state, next]) => next.map((one) => `  ${state} --> ${one}`));
  return {
    'plugin-states.md': [
      '# The states of a plugin',
      '',
      'Made from `src/lifecycle/orchestration/plugin-state.ts` by `npm run docs`. Each transition is kept in the history of the plugin, logged, and published as `panotti.plugin.<state>`.',
      '',
      '| state | means | may be followed by |',
      '|---|---|---|',
      ...rows,
      '',
      '```mermaid',
      'stateDiagram-v2',
      '  [*] --> discovered',
      ...edges,
      '```',
      '',
    ].join('\n'),
  };
}
