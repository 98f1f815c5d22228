import { DependencyGraph, type GraphNode } from '../../../../src/host/index.js';
import { renderGraphJson } from '../../../../src/cli/plugins/plugins-graph.js';
import { renderGraphMermaid } from '../../../../src/cli/plugins/render-graph-mermaid.js';
import { renderGraphText } from '../../../../src/cli/plugins/render-graph-text.js';

type Ranges = Record<string, string>;

const plugin = (name: string, dependencies: Ranges = {}, optionalDependencies: Ranges = {}): GraphNode => ({
  name,
  version: '1.0.0',
  dependencies,
  optionalDependencies,
});

const graph = new DependencyGraph([
  plugin('shop', { ledger: '^1.0.0', stock: '^1.0.0' }, { mail: '>=1 <2' }),
  plugin('ledger', { store: '^2.0.0' }),
  plugin('stock', { store: '*', absent: '^1.0.0' }, { extra: '*' }),
  plugin('store', { disk: '*' }),
  plugin('disk'),
  plugin('mail'),
  plugin('ring', { ring2: '*' }),
  plugin('ring2', { ring: '*' }),
]);

const statusOf = (name: string): string =>
  ({ ledger: 'invalid', mail: 'disabled', stock: 'blocked' })[name] ?? 'startable';

describe('the graph as text', () => {
  it('is a tree of what each plugin needs, with ranges, states, and everything that is wrong', () => {
    expect(renderGraphText(graph, statusOf)).toBe(
      `
shop 1.0.0
├── ledger 1.0.0 [invalid] (^1.0.0)
│   └── store 1.0.0 (^2.0.0, wrong version)
│       └── disk 1.0.0 (*)
├── mail 1.0.0 [disabled] (>=1 <2, optional)
└── stock 1.0.0 [blocked] (^1.0.0)
    ├── absent (^1.0.0, not found)
    ├── extra (*, optional, not found)
    └── store 1.0.0 (*) - see above
ring 1.0.0
└── ring2 1.0.0 (*)
    └── ring 1.0.0 (*) - cycle`.trimStart(),
    );
  });

  it('stays small where many plugins share what they need', () => {
    const layers = Array.from({ length: 40 }, (_, layer) =>
      ['a', 'b'].map((side) =>
        plugin(`${side}${layer}`, layer === 0 ? {} : { [`a${layer - 1}`]: '*', [`b${layer - 1}`]: '*' }),
      ),
    );

    expect(renderGraphText(new DependencyGraph(layers.flat()), statusOf).split('\n')).toHaveLength(2 + 4 * 39);
  });

  it('says that there are no plugins', () => {
    expect(renderGraphText(new DependencyGraph([]), statusOf)).toBe('No plugins were found.');
  });
});

describe('the graph as Mermaid', () => {
  it('draws needs as arrows, optional ones dotted, absent plugins, and no text that Mermaid could take for its own', () => {
    const small = new DependencyGraph([plugin('end', { gone: '>=1.0.0' }, { mail: '"<1' }), plugin('mail')]);

    expect(renderGraphMermaid(small, statusOf)).toBe(
      `
graph LR
  p0["end 1.0.0"]
  p1["mail 1.0.0"]:::disabled
  p2["gone: not found"]:::missing
  p0 -->|"#gt;=1.0.0"| p2
  p0 -.->|"#quot;#lt;1"| p1
  classDef disabled stroke-dasharray: 4 4,color:#777
  classDef blocked stroke:#c80
  classDef invalid stroke:#c00
  classDef missing stroke:#c00,stroke-dasharray: 4 4`.trimStart(),
    );
  });
});

describe('the graph as JSON', () => {
  it('lists plugins, dependencies, levels and problems', () => {
    const small = new DependencyGraph([plugin('shop', { mail: '^1.0.0' }, { gone: '*' }), plugin('mail')]);
    const problem = { code: 'SOME_CODE', plugin: 'shop', message: 'What.', fix: 'How.' };

    expect(JSON.parse(renderGraphJson({ graph: small, problems: [problem] }, statusOf))).toEqual({
      plugins: [
        { name: 'mail', version: '1.0.0', status: 'disabled' },
        { name: 'shop', version: '1.0.0', status: 'startable' },
      ],
      dependencies: [
        { plugin: 'shop', dependency: 'gone', range: '*', optional: true, found: null },
        { plugin: 'shop', dependency: 'mail', range: '^1.0.0', optional: false, found: '1.0.0' },
      ],
      levels: [['mail'], ['shop']],
      problems: [problem],
    });
  });
});
