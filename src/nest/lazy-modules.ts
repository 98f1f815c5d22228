/**
 * The modules that plugins load themselves, with `LazyModuleLoader` of Nest. As in Nest they have no hooks and no routes; unlike there they
 * go with the plugin, because the next start has to find new ones.
 */
import { Injectable } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { activeContext } from '../telemetry/index.js';
import { NestInternals, type NestModule } from './nest-internals.js';

/** Called with each module that a load meets, also one that is there already. */
type Claim = (module: NestModule) => void;

@Injectable()
export class LazyModules {
  /** By the name of the plugin whose code runs. */
  readonly #claims = new Map<string, Claim>();

  constructor(loader: LazyModuleLoader, internals: NestInternals) {
    const load = loader.load.bind(loader);
    loader.load = async (define, options) => {
      const claim = this.#claims.get(activeContext()?.plugin ?? '');
      return claim ? internals.load(await define(), claim) : load(define, options);
    };
  }

  /** Calls `claim` with what the plugin loads, until this is disposed or another instance of the plugin takes its place. */
  watch(plugin: string, claim: Claim): Disposable {
    this.#claims.set(plugin, claim);
    const isMine = (): boolean => this.#claims.get(plugin) === claim;
    return { [Symbol.dispose]: () => void (isMine() && this.#claims.delete(plugin)) };
  }
}
