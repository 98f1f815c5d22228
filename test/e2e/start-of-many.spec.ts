/** The built server while many plugins start that need each other. */
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const LAYERS = 15;
const IN_LAYER = 10;
/** Its plugins never finish their start, so that the others in the layers after it wait, however fast the machine is. */
const HANGING_LAYER = 8;

function nameOf(layer: number, place: number): string {
  return `layer-${layer}-${place}`;
}

/** A plugin that needs all plugins of the layer before. */
function pluginFile(layer: number, place: number): string {
  const places = Array.from({ length: layer === 0 ? 0 : IN_LAYER }, (_, index) => index);
  const dependencies = Object.fromEntries(places.map((before) => [nameOf(layer - 1, before), '^1.0.0']));
  const manifest = JSON.stringify({ name: nameOf(layer, place), version: '1.0.0', dependencies });
  const hook = layer === HANGING_LAYER ? 'return new Promise(() => undefined);' : '';
  return `import { Plugin } from 'panotti';\nexport class Layered { onModuleInit() { ${hook} } }\nPlugin(${manifest})(Layered);\n`;
}

function pluginFiles(): Record<string, string> {
  const all = Array.from(
    { length: LAYERS * IN_LAYER },
    (_, index) => [Math.floor(index / IN_LAYER), index % IN_LAYER] as const,
  );
  return Object.fromEntries(all.map(([layer, place]) => [`${nameOf(layer, place)}.mjs`, pluginFile(layer, place)]));
}

describe('the server while 150 plugins in layers start', () => {
  it('answers that it lives from the beginning, and ends with 0 at SIGTERM without waiting for the rest of the start', async () => {
    await using server = await ServerProcess.spawn({
      panotti: 'plugins:\n  directories: [../plugins]\nlifecycle:\n  startTimeout: 600\n',
      pluginFiles: pluginFiles(),
    });
    await waitFor(() => server.url);
    const answers = new Set<number>();
    await waitFor(async () => {
      answers.add((await fetch(`${server.url}/health/live`)).status);
      return server
        .log()
        .some(({ msg }) => msg.startsWith(`Plugin "${nameOf(HANGING_LAYER, 0)}" has been starting for`));
    });
    const ready = await fetch(`${server.url}/health/ready`);
    server.signal('SIGTERM');

    expect([...answers, ready.status]).toEqual([200, 503]);
    expect(await server.exitCode()).toBe(0);
    expect(server.log().at(-1)?.msg).toBe('Stopped.');
    expect(server.log().some(({ msg }) => msg.endsWith('plugins are ready.'))).toBe(false);
  });
});
