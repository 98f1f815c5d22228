/** What is made from the configuration classes of the server and its plugins. `npm run docs` writes it; a test fails when one is stale. */

/** The parts of the built code, or of the sources, that it takes. */
export interface ConfigurationSources {
  readonly config: Pick<
    typeof import('../../src/config/index.js'),
    'describeConfiguration' | 'jsonSchema' | 'markdownReference'
  >;
  readonly lifecycle: Pick<typeof import('../../src/lifecycle/index.js'), 'ServerOptions'>;
  readonly host: Pick<typeof import('../../src/host/index.js'), 'PluginSection'>;
  readonly plugin: Pick<typeof import('../../src/plugin/index.js'), 'readManifest'>;
  /** What the files of the shipped plugins export. */
  readonly plugins: readonly object[];
}

/** Path in the repository to content. */
export function configurationPages(sources: ConfigurationSources): Record<string, string> {
  const { config } = sources;
  const reference = shippedReference(sources);
  return {
    'docs/reference/configuration.md': config.markdownReference(reference),
    'config/schema.json': `${JSON.stringify(config.jsonSchema(reference), null, 2)}\n`,
  };
}

export function shippedReference({ config, lifecycle, host, plugin, plugins }: ConfigurationSources) {
  const manifests = plugins.flatMap((exported) =>
    Object.values(exported).flatMap((value: unknown) => plugin.readManifest(value) ?? []),
  );
  return config.describeConfiguration({
    host: lifecycle.ServerOptions,
    section: host.PluginSection,
    plugins: [...new Set(manifests)],
  });
}
