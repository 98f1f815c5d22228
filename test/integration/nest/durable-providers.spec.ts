/** Instances that are shared by the requests of one kind, such as those of one tenant. */
import 'reflect-metadata';
import { Controller, Get, HttpException, Inject, Injectable, type ModuleMetadata, Query, Scope } from '@nestjs/common';
import {
  ContextIdFactory,
  type ContextIdStrategy,
  createContextId,
  type HostComponentInfo,
  REQUEST,
} from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { has } from '../../support/nest-rows.js';
import { describeWords, type Side, type Word } from '../../support/nest-words.js';

const word = (title: string, observe: Word['observe'], is: unknown): Word => ({ title, observe, is });

/** As the guide of Nest has it: one tree of durable instances for each tenant. */
class ByTenant implements ContextIdStrategy<FastifyRequest> {
  readonly #tenants = new Map<string, ReturnType<typeof createContextId>>();

  attach(
    contextId: ReturnType<typeof createContextId>,
    request: FastifyRequest,
  ): ReturnType<ContextIdStrategy['attach']> {
    const tenant = String(request.headers?.['x-tenant'] ?? '');
    if (tenant === '') return undefined;
    const shared = this.#tenants.get(tenant) ?? createContextId();
    this.#tenants.set(tenant, shared);
    const resolve = (info: HostComponentInfo): typeof contextId => (info.isTreeDurable ? shared : contextId);
    return { resolve, payload: { tenant } };
  }
}

function durable(): ModuleMetadata {
  @Injectable({ scope: Scope.REQUEST, durable: true })
  class Tenant {
    #calls = 0;

    constructor(@Inject(REQUEST) readonly payload: { readonly tenant: string; readonly fails?: boolean }) {
      const fail = failing.delete(payload.tenant);
      if (fail) throw new HttpException('the tenant is not there yet', 412);
    }

    call(): number {
      return (this.#calls += 1);
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class OfRequest {
    readonly tenant: unknown;

    constructor(@Inject(REQUEST) request: FastifyRequest) {
      this.tenant = request.headers['x-tenant'];
    }
  }
  @Controller('durable')
  class DurableRoutes {
    constructor(readonly tenant: Tenant) {}

    @Get()
    call(): object {
      return { tenant: this.tenant.payload.tenant, calls: this.tenant.call() };
    }
  }
  @Controller('both')
  class BothRoutes {
    constructor(
      readonly tenant: Tenant,
      readonly ofRequest: OfRequest,
    ) {}

    @Get()
    both(@Query('q') q?: string): object {
      return { durable: this.tenant.payload.tenant, request: this.ofRequest.tenant, q };
    }
  }
  return { controllers: [DurableRoutes, BothRoutes], providers: [Tenant, OfRequest] };
}
const failing = new Set<string>();

const asked = async ({ ask }: Side, tenant: string, path = '/durable'): Promise<unknown> => {
  const { status, body } = await ask(path, has('x-tenant', tenant));
  return status === 200 ? (JSON.parse(body) as object) : status;
};

describe('with a strategy for contexts', () => {
  beforeAll(() => ContextIdFactory.apply(new ByTenant()));
  // Nest has no way to take it back.
  afterAll(() => void ((ContextIdFactory as unknown as { strategy: unknown }).strategy = undefined));

  describeWords('what is durable', { define: durable }, [
    word(
      'is shared by the requests of one tenant',
      async (side) => [await asked(side, `a ${side.kind}`), await asked(side, `a ${side.kind}`)],
      [
        { tenant: expect.stringMatching(/^a /), calls: 1 },
        { tenant: expect.stringMatching(/^a /), calls: 2 },
      ],
    ),
    word(
      'is another one for another tenant',
      async (side) => [await asked(side, `b ${side.kind}`), await asked(side, `c ${side.kind}`)],
      [
        { tenant: expect.stringMatching(/^b /), calls: 1 },
        { tenant: expect.stringMatching(/^c /), calls: 1 },
      ],
    ),
    word('stands beside what belongs to a request', async (side) => asked(side, 'd', '/both?q=1'), {
      durable: 'd',
      request: 'd',
      q: '1',
    }),
    word(
      'is built once for requests at the same time',
      async (side) => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => asked(side, `e ${side.kind}`)));
        return answers.map((answer) => (answer as { calls: number }).calls).toSorted((one, two) => one - two);
      },
      Array.from({ length: 20 }, (_, index) => index + 1),
    ),
    word(
      'is built again where its constructor has thrown',
      async (side) => {
        const tenant = `f ${side.kind}`;
        failing.add(tenant);
        return [await asked(side, tenant), await asked(side, tenant)];
      },
      [412, { tenant: expect.stringMatching(/^f /), calls: 1 }],
    ),
  ]);
});
