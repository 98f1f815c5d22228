/** Classes of a feature with five providers and a controller, made by hand because Node strips types and knows no decorators. */
import { Controller, Get, Inject, Injectable, Module, type Type } from '@nestjs/common';
import { Plugin } from '../../dist/index.js';

export interface Feature {
  readonly name: string;
  readonly providers: readonly Type<object>[];
  readonly controllers: readonly Type<object>[];
}

function inject(target: Type<object>, dependencies: readonly Type<object>[]): void {
  for (const [index, dependency] of dependencies.entries()) Inject(dependency)(target, undefined, index);
}

/** Five providers, each depending on the one before, and a controller with one route that depends on the last. */
export function feature(index: number): Feature {
  const providers: Type<object>[] = [];
  for (let count = 0; count < 5; count++) {
    const Service = class {
      readonly previous: object | undefined;
      // With a default, so that it counts as a constructor that needs nothing.
      constructor(previous: object | undefined = undefined) {
        this.previous = previous;
      }
    };
    Object.defineProperty(Service, 'name', { value: `Service${index}x${count}` });
    Injectable()(Service);
    inject(Service, providers.slice(-1));
    providers.push(Service);
  }
  const Routes = class {
    readonly service: object;
    constructor(service: object) {
      this.service = service;
    }
    show(): string {
      return 'shown';
    }
  };
  Object.defineProperty(Routes, 'name', { value: `Routes${index}` });
  Controller(`feature-${index}`)(Routes);
  inject(Routes, providers.slice(-1));
  Get()(Routes.prototype, 'show', Object.getOwnPropertyDescriptor(Routes.prototype, 'show') as PropertyDescriptor);
  return { name: `feature-${index}`, providers, controllers: [Routes] };
}

export function asModule({ providers, controllers }: Feature): Type<object> {
  const FeatureModule = class {};
  Module({ providers: [...providers], controllers: [...controllers] })(FeatureModule);
  return FeatureModule;
}

export function asPlugin({ name, providers, controllers }: Feature): Type<object> {
  const FeaturePlugin = class {};
  Object.defineProperty(FeaturePlugin, 'name', { value: `${name}-plugin` });
  Plugin({ name, version: '1.0.0', providers: [...providers], controllers: [...controllers] })(FeaturePlugin);
  return FeaturePlugin;
}
