import { describePackages } from './package-table.js';

describePackages('a package with a global module', [
  {
    title: '@nestjs/config with values of each plugin',
    body: `
      import { ConfigModule, ConfigService } from '@nestjs/config';
      class Inner { constructor(config) { this.config = config; } }
      Injectable()(Inner);
      Inject(ConfigService)(Inner, undefined, 0);
      class InnerModule {}
      Module({ providers: [Inner], exports: [Inner] })(InnerModule);
      const imports = [ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => ({ who: NAME, [NAME]: true })] }), InnerModule];
      export const P = declare({ imports, inject: [Inner], use: ({ config }) => [config.get('who'), config.get('one') ?? false, config.get('two') ?? false] });
    `,
    answer: (name) => [name, name === 'one', name === 'two'],
  },
  {
    title: '@nestjs/jwt with a secret of each plugin',
    body: `
      import { JwtModule, JwtService } from '@nestjs/jwt';
      export const P = declare({
        imports: [JwtModule.register({ global: true, secret: NAME.repeat(12) })],
        inject: [JwtService],
        use: async (jwt) => {
          const foreign = NAME === 'one' ? 'two' : 'one';
          const own = await jwt.verifyAsync(await jwt.signAsync({ sub: NAME }));
          const strange = await jwt.signAsync({ sub: NAME }, { secret: foreign.repeat(12) });
          return [own.sub, await jwt.verifyAsync(strange).catch(({ message }) => message)];
        },
      });
    `,
    answer: (name) => [name, 'invalid signature'],
  },
  {
    title: '@nestjs/throttler with a limit of each plugin',
    body: `
      import { ThrottlerGuard, ThrottlerModule, getOptionsToken } from '@nestjs/throttler';
      export const P = declare({
        imports: [ThrottlerModule.forRoot([{ ttl: 60_000, limit: NAME === 'one' ? 3 : 5 }])],
        providers: [ThrottlerGuard],
        inject: [getOptionsToken(), ThrottlerGuard],
        use: ([{ limit }], guard) => [limit, typeof guard.canActivate],
      });
    `,
    answer: (name) => [name === 'one' ? 3 : 5, 'function'],
  },
  {
    title: '@nestjs/throttler with its guard for all routes of a plugin',
    body: `
      import { APP_GUARD } from '@nestjs/core';
      import { ThrottlerGuard, ThrottlerModule, ThrottlerStorage } from '@nestjs/throttler';
      export const P = declare({
        imports: [ThrottlerModule.forRoot([{ ttl: 3_600_000, limit: 100 }])],
        providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
        inject: [ThrottlerStorage],
        use: ({ storage }) => storage.size,
      });
    `,
    // What its guard has counted for the one route of the plugin.
    answer: () => 1,
  },
  {
    title: 'nestjs-cls with its guard for all routes of a plugin',
    body: `
      import { ClsModule, ClsService } from 'nestjs-cls';
      export const P = declare({
        imports: [ClsModule.forRoot({ global: true, guard: { mount: true, setup: (cls) => cls.set('who', NAME) } })],
        inject: [ClsService],
        use: (cls) => [cls.isActive(), cls.get('who')],
      });
    `,
    answer: (name) => [true, name],
  },
  {
    title: 'nestjs-cls with its interceptor for all routes of a plugin',
    body: `
      import { ClsModule, ClsService } from 'nestjs-cls';
      export const P = declare({
        imports: [ClsModule.forRoot({ interceptor: { mount: true, setup: (cls) => cls.set('who', NAME) } })],
        inject: [ClsService],
        use: (cls) => [cls.isActive(), cls.get('who')],
      });
    `,
    answer: (name) => [true, name],
  },
  {
    title: '@nestjs/event-emitter with an emitter of each plugin',
    body: `
      import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
      class Listener { heard = []; hear(text) { this.heard.push(text); } }
      Injectable()(Listener);
      OnEvent('greeting')(Listener.prototype, 'hear', Object.getOwnPropertyDescriptor(Listener.prototype, 'hear'));
      export const P = declare({
        imports: [EventEmitterModule.forRoot()],
        providers: [Listener],
        inject: [EventEmitter2, Listener],
        use: (emitter, { heard }) => {
          heard.length = 0;
          emitter.emit('greeting', NAME);
          return [heard, emitter.listeners('greeting').length];
        },
      });
    `,
    answer: (name) => [[name], 1],
  },
  {
    title: '@nestjs/cache-manager, global',
    body: `
      import { CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
      export const P = declare({
        imports: [CacheModule.register({ isGlobal: true })],
        inject: [CACHE_MANAGER],
        use: async (cache) => {
          const before = await cache.get('who');
          await cache.set('who', NAME);
          const after = await cache.get('who');
          await cache.del('who');
          return [before ?? null, after];
        },
      });
    `,
    answer: (name) => [null, name],
  },
]);
