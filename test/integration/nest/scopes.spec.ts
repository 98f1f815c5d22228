/** How long instances live: those of a request, and transient ones. */
import 'reflect-metadata';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  type ModuleMetadata,
  type NestInterceptor,
  Param,
  type PipeTransform,
  type Provider,
  Scope,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { INQUIRER, REQUEST } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { type ClassType, has } from '../../support/nest-rows.js';
import { describeWords, requestOf, type Side, type Word } from '../../support/nest-words.js';

const word = (title: string, observe: Word['observe'], is: unknown): Word => ({ title, observe, is });
type Counts = Record<string, number>;

/** Counts how often each of its classes is built. */
function requestScoped(): ModuleMetadata {
  const counts: Counts = {};
  const count = (name: string): void => void (counts[name] = (counts[name] ?? 0) + 1);
  @Injectable({ scope: Scope.REQUEST })
  class Users {
    readonly id = count('users');

    constructor(@Inject(REQUEST) readonly request: FastifyRequest) {}
  }
  @Injectable()
  class Single {
    readonly id = count('single');
  }
  @Injectable()
  class GuardOfRequest implements CanActivate {
    constructor(readonly users: Users) {
      count('guard');
    }

    canActivate(context: ExecutionContext): boolean {
      return requestOf(context).raw === this.users.request.raw;
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class InterceptorOfRequest implements NestInterceptor {
    constructor() {
      count('interceptor');
    }

    intercept(_context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
      return next.handle();
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class PipeOfRequest implements PipeTransform<string> {
    constructor(@Inject(REQUEST) readonly request: FastifyRequest) {
      count('pipe');
    }

    transform(id: string): string {
      return `${id} of ${String(this.request.headers['x-user'])}`;
    }
  }
  @Controller('counts')
  class CountRoutes {
    @Get()
    counts(): Counts {
      return counts;
    }
  }
  @Controller('users')
  class UserRoutes {
    constructor(
      readonly users: Users,
      readonly single: Single,
      @Inject('factory') readonly made: { readonly url: string },
    ) {
      count('controller');
    }

    @Get(':id')
    @UseGuards(GuardOfRequest)
    @UseInterceptors(InterceptorOfRequest)
    one(@Param('id', PipeOfRequest) id: string): object {
      return { id, url: this.made.url, sameRequest: this.users.request.url === this.made.url };
    }
  }
  const made: Provider = {
    provide: 'factory',
    scope: Scope.REQUEST,
    useFactory: (request: FastifyRequest) => ({ url: request.url }),
    inject: [REQUEST],
  };
  return { controllers: [CountRoutes, UserRoutes], providers: [Users, Single, made] };
}

async function countsOf({ ask }: Side, path: string, options?: RequestInit): Promise<Counts> {
  const counts = async (): Promise<Counts> => JSON.parse((await ask('/counts')).body) as Counts;
  const before = await counts();
  for (let time = 0; time < 3; time += 1) await ask(path, options);
  const after = await counts();
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]));
}

describeWords('what belongs to a request', { define: requestScoped }, [
  word('is built for each one, with its pipes, guards and interceptors', async (side) => countsOf(side, '/users/7'), {
    controller: 3,
    users: 3,
    guard: 3,
    interceptor: 3,
    pipe: 3,
    single: 0,
  }),
  word(
    'has the request, and so has what a factory makes',
    async ({ ask }) => JSON.parse((await ask('/users/7', has('x-user', 'ada'))).body) as object,
    {
      id: '7 of ada',
      url: '/api/words/users/7',
      sameRequest: true,
    },
  ),
  word(
    'is apart for requests at the same time',
    async ({ ask }) => {
      const users = Array.from({ length: 30 }, (_, index) => `user-${index}`);
      const answers = await Promise.all(users.map((user) => ask('/users/7', has('x-user', user))));
      return answers.every(({ body }, index) => body.includes(`of user-${index}"`));
    },
    true,
  ),
]);

function transient(): ModuleMetadata {
  let built = 0;
  @Injectable({ scope: Scope.TRANSIENT })
  class Log {
    readonly number = (built += 1);

    constructor(@Inject(INQUIRER) readonly owner: object | undefined) {}

    get ownerName(): string {
      return this.owner?.constructor.name ?? 'none';
    }
  }
  @Injectable({ scope: Scope.TRANSIENT })
  class Nested {
    constructor(readonly log: Log) {}
  }
  const holders = ['First', 'Second'].map((name) => {
    @Injectable()
    class Holder {
      @Inject() readonly byProperty!: Log;

      constructor(
        readonly log: Log,
        readonly nested: Nested,
      ) {}
    }
    Object.defineProperty(Holder, 'name', { value: name });
    return Holder;
  });
  @Injectable({ scope: Scope.REQUEST })
  class OfRequest {
    constructor(readonly log: Log) {}
  }
  @Controller('owners')
  class OwnerRoutes {
    constructor(readonly ofRequest: OfRequest) {}

    @Get()
    owner(): object {
      return { owner: this.ofRequest.log.ownerName, number: this.ofRequest.log.number };
    }
  }
  const [First, Second] = holders as [ClassType, ClassType];
  const aliases = [
    { provide: 'first', useExisting: First },
    { provide: 'second', useExisting: Second },
  ];
  return { controllers: [OwnerRoutes], providers: [Log, Nested, OfRequest, ...holders, ...aliases] };
}

interface Holding {
  readonly log: { readonly number: number; readonly ownerName: string };
  readonly nested: { readonly log: Holding['log'] };
}
const holder = ({ ref }: Side, name: string): Holding => ref.get<Holding>(name);
const numberOf = async ({ ask }: Side): Promise<number> =>
  (JSON.parse((await ask('/owners')).body) as { number: number }).number;

describeWords('what is transient', { define: transient }, [
  word(
    'is another one for each that injects it',
    (side) => holder(side, 'first').log === holder(side, 'second').log,
    false,
  ),
  word('knows who injects it', (side) => [holder(side, 'first').log.ownerName, holder(side, 'second').log.ownerName], [
    'First',
    'Second',
  ]),
  word(
    'is another one for a transient between them',
    (side) => holder(side, 'first').nested.log === holder(side, 'first').log,
    false,
  ),
  word(
    'knows who stands at the end, through another transient',
    (side) => holder(side, 'first').nested.log.ownerName,
    'First',
  ),
  word(
    'knows who injects it in a request',
    async ({ ask }) => (JSON.parse((await ask('/owners')).body) as { owner: string }).owner,
    'OfRequest',
  ),
  word('is another one in each request', async (side) => (await numberOf(side)) === (await numberOf(side)), false),
]);
