/**
 * Jest's module loader without a realm of its own. Node loads packages, once per worker, and `src/` is loaded once per
 * worker too; the files of a test are loaded again for each spec file. Jest's own loader loads everything again for each
 * spec file, which took longer than the tests; and here `instanceof` answers as it does in the server.
 * A spec file that needs packages in their first state begins with `@jest-environment node`: it is loaded Jest's way.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { SyntheticModule } from 'node:vm';
import * as jestRuntime from 'jest-runtime';
import OneRealmEnvironment from './one-realm.environment.js';

const JestRuntime = jestRuntime.default.default ?? jestRuntime.default;
const require = createRequire(import.meta.url);
const { getBuiltinModule } = process;

/** `node_modules/.cache` holds files that tests write there so that they find the packages of the project. */
const PACKAGE = /[\\/]node_modules[\\/](?!\.cache[\\/])/;
/** Holds the tests and hooks of one spec file, which is why it is evaluated again for each. */
const CIRCUS = /[\\/]jest-circus[\\/]build[\\/]jestAdapterInit\.js$/;
/** Where it keeps them. */
const CIRCUS_STATE = new Set(['Symbol(JEST_STATE_SYMBOL)', 'Symbol(EVENT_HANDLERS)']);

/**
 * What the spec files so far have loaded of `src/` and of packages, by URL.
 * @type {Map<string, import('node:vm').Module>}
 */
const shared = new Map();
/**
 * By file, also of files that were loaded for an earlier spec file: stacks lead through them.
 * @type {Map<string, string>}
 */
const sourceMaps = new Map();
/**
 * The one of the running spec file: what a shared file imports on demand is loaded for that.
 * @type {OneRealmRuntime}
 */
let current;

export default class OneRealmRuntime extends JestRuntime {
  constructor(...args) {
    super(...args);
    const [config, environment, , , , , , globalConfig] = args;
    this.isOneRealm = environment instanceof OneRealmEnvironment;
    if (!this.isOneRealm) return;
    // Jest's refers to this spec file for good.
    process.getBuiltinModule = getBuiltinModule;
    this.source = pathToFileURL(`${config.rootDir}/src/`).href;
    // What is watched may change between two runs.
    this.isWatching = globalConfig.watch || globalConfig.watchAll;
    this.transformCache.sourceMaps = sourceMaps;
    this.coreModule.require = (name) => require(name);
    this.#loadPackagesByNode(this.esmLoader);
    this.#shareModules(this.esmLoader);
  }

  requireModule(from, name, options, isActual) {
    if (!this.isOneRealm) return super.requireModule(from, name, options, isActual);
    const { resolution } = this.esmLoader;
    const path = name === undefined ? from : resolution.resolveCjs(from, name);
    const isOurs = !resolution.isCoreModule(path) && !PACKAGE.test(path);
    if (isOurs && resolution.shouldLoadAsEsm(path)) return super.requireModule(from, name, options, isActual);
    if (CIRCUS.test(path)) delete require.cache[path];
    return require(path);
  }

  teardown() {
    if (this.isOneRealm) this.#leave();
    super.teardown();
  }

  #leave() {
    for (const symbol of Object.getOwnPropertySymbols(globalThis))
      if (CIRCUS_STATE.has(String(symbol))) delete globalThis[symbol];
    if (this.isWatching) return;
    for (const [url, module] of this.registries.getActiveEsmRegistry())
      if (this.#isSharable(url) && module.status === 'evaluated') shared.set(url, module);
  }

  #isSharable(url) {
    return url.startsWith(this.source) || url.startsWith('node:') || PACKAGE.test(url);
  }

  /** The loader gets the exports of a package as it gets those of a CommonJS module. */
  #loadPackagesByNode(loader) {
    const { shouldLoadAsEsm, buildCjsAsEsmSyntheticModule } = loader;
    loader.shouldLoadAsEsm = (path) => !PACKAGE.test(path) && shouldLoadAsEsm(path);
    loader.pendingCjsBuildIsUnmarkedEsm = () => false;
    loader.cjsExportsCache = { getExportsOf: () => [] };
    loader.buildCjsAsEsmSyntheticModule = (from, path, context) =>
      shouldLoadAsEsm(path)
        ? moduleOf(path, require(path))
        : buildCjsAsEsmSyntheticModule.call(loader, from, path, context);
  }

  #shareModules(loader) {
    current = this;
    this.importOnDemand = loader.dynamicImport;
    loader.dynamicImport = (...args) => current.importOnDemand(...args);
    // Node takes the realm of the process where there is no context.
    loader.getContext = () => undefined;
    const registry = this.registries.getActiveEsmRegistry();
    for (const [url, module] of shared) registry.set(url, module);
  }
}

function moduleOf(identifier, namespace) {
  const names = Object.keys(namespace);
  const build = function () {
    for (const name of names) this.setExport(name, namespace[name]);
  };
  return new SyntheticModule(names, build, { identifier });
}
