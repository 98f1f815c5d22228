/** `PORT`, which platforms set for every server, as `http.port`. */
import { problemAt, type Origin } from '../configuration-problem.js';
import { mapAround, type ConfigurationNode, type MapNode } from '../tree/configuration-node.js';
import { environmentOrigin, variable, type Environment } from '../environment.js';

const HIGHEST_PORT = 65_535;

/** `PORT` as `http.port`; `undefined` when it is not set. Anything but digits up to 65535 is refused, also the empty text. */
export function portOverlay(environment: Environment): MapNode | undefined {
  const text = variable(environment, 'PORT');
  if (text === undefined) return undefined;
  const origin = environmentOrigin('PORT');
  return mapAround(['http', 'port'], portNode(text, origin));
}

function portNode(text: string, origin: Origin): ConfigurationNode {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= HIGHEST_PORT) return { kind: 'scalar', origin, value: port };
  const problem = problemAt(origin, 'PORT', `must be a whole number from 0 to ${HIGHEST_PORT}`, {
    code: 'CONFIG_WRONG_TYPE',
  });
  return { kind: 'refused', origin, problems: [problem] };
}
