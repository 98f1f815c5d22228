/** How the code of plugins comes into the process. */

/** Imports plugin files. Node's own loader needs hooks for it, which a test runner with a loader of its own does not allow. */
export abstract class PluginModules implements Disposable {
  /**
   * Imports a file and returns what it exports; rejects with whatever the file throws, and does not limit the time.
   *
   * @param file absolute real path
   * @param root absolute real path of the folder in which imports see the host's packages, from now on
   */
  abstract import(file: string, root: string): Promise<Readonly<Record<string, unknown>>>;

  /** How long the event loop has had nothing to do since the process began, in milliseconds: imports that wait add to it, and those that compute do not. */
  abstract idleMs(): number;

  /** Ends what was set up for the imports of plugins. Plugins that import something later no longer find the host's packages. */
  abstract [Symbol.dispose](): void;
}
