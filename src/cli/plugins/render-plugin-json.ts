/** The list of plugins for programs. */
import { printableText, type PluginEntry, type PluginProblem } from '../../host/index.js';

/** `{ plugins: [{ name, version, description, status, required, origin, problems }], problems }`; problems of a plugin by code, all of them in full. */
export function renderPluginJson(entries: readonly PluginEntry[], problems: readonly PluginProblem[]): string {
  return JSON.stringify({ plugins: entries.map(pluginOf), problems }, null, 2);
}

function pluginOf({ name, manifest, status, origin, section, problems }: PluginEntry): object {
  return {
    name,
    version: manifest.version,
    description: printableText(manifest.description),
    status,
    required: section.required,
    origin,
    problems: problems.map(({ code }) => code),
  };
}
