/** Decorators of packages that have servers of their own: none of them is installed here, so that Nest passes over what they mark. */
import 'reflect-metadata';
import { Injectable, SetMetadata, type Type } from '@nestjs/common';
import { describeLives } from '../../support/nest-lives.js';
import type { Setup } from '../../support/nest-words.js';

/** A class with what the decorator of such a package writes, on the class or on its method. */
function marked(key: string, on: 'class' | 'method', tell: (what: string) => void): Type<object> {
  @Injectable()
  class Marked {
    onModuleInit(): void {
      tell('up');
    }

    handle(): void {}
  }
  SetMetadata(key, on === 'class' ? true : ['name'])(on === 'class' ? Marked : Marked.prototype.handle);
  return Marked;
}

const KINDS = [
  ['a gateway', 'websockets:is_gateway', 'class', '@WebSocketGateway (Marked)'],
  ['a message pattern', 'microservices:pattern', 'method', '@MessagePattern (Marked.handle)'],
  ['a resolver', 'graphql:resolver_type', 'class', '@Resolver (Marked)'],
] as const;

describeLives(
  'a module',
  KINDS.map(([what, key, on, found]) => ({
    title: `starts with ${what}`,
    live: (tell): Setup => ({ define: () => ({ providers: [marked(key, on, tell)] }) }),
    is: { told: ['up'] },
    differs: { id: 'transports', inPlugin: { told: [], failed: `It uses what has no effect in a plugin: ${found}.` } },
  })),
);
