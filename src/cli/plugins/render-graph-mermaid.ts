/** The graph of plugins as a Mermaid flow chart. */
import { printableText, type DependencyGraph, type GraphEdge } from '../../host/index.js';

const STYLES = [
  'classDef disabled stroke-dasharray: 4 4,color:#777',
  'classDef blocked stroke:#c80',
  'classDef invalid stroke:#c00',
  'classDef missing stroke:#c00,stroke-dasharray: 4 4',
];

/** An arrow points from a plugin to one that it needs, a dotted arrow to an optional one. Absent plugins are drawn too. */
export function renderGraphMermaid(graph: DependencyGraph, statusOf: (name: string) => string): string {
  const nodes = graph.nodes();
  const drawn = new Set(nodes.map(({ name }) => name));
  const absent = new Set(
    graph
      .edges()
      .flatMap(({ dependency, found }) => (found === undefined && !drawn.has(dependency) ? [dependency] : [])),
  );
  // Not the names themselves: "end" is a keyword of Mermaid.
  const ids = new Map([...nodes.map(({ name }) => name), ...absent].map((name, position) => [name, `p${position}`]));
  const idOf = (name: string): string => ids.get(name) ?? name;
  return [
    'graph LR',
    ...nodes.map(
      ({ name, version }) =>
        `${idOf(name)}["${quoted(version === undefined ? name : `${name} ${version}`)}"]${styleOf(statusOf(name))}`,
    ),
    ...[...absent].map((name) => `${idOf(name)}["${quoted(name)}: not found"]:::missing`),
    ...graph.edges().map((edge) => `${idOf(edge.plugin)} ${arrowOf(edge)} ${idOf(edge.dependency)}`),
    ...STYLES,
  ].join('\n  ');
}

function styleOf(status: string): string {
  return status === 'startable' ? '' : `:::${status}`;
}

function arrowOf({ optional, range }: GraphEdge): string {
  return `${optional ? '-.->' : '-->'}|"${quoted(range)}"|`;
}

/** Mermaid writes special characters in quoted text as `#name;`. */
function quoted(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '#': '#35;',
    '"': '#quot;',
    '<': '#lt;',
    '>': '#gt;',
    '&': '#amp;',
  };
  return printableText(text).replaceAll(/[#"<>&]/g, (character) => names[character] ?? '');
}
