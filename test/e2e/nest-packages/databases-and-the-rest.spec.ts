import { describePackages } from './package-table.js';

describePackages('a package with a database of its own', [
  {
    title: '@nestjs/typeorm with sql.js',
    body: `
      import { TypeOrmModule, getRepositoryToken } from '@nestjs/typeorm';
      import { EntitySchema } from 'typeorm';
      const Note = new EntitySchema({ name: NAME + '_note', columns: { id: { type: Number, primary: true, generated: true }, text: { type: String } } });
      class NotesModule {}
      Module({ imports: [TypeOrmModule.forFeature([Note])], exports: [TypeOrmModule] })(NotesModule);
      export const P = declare({
        imports: [TypeOrmModule.forRoot({ type: 'sqljs', synchronize: true, entities: [Note] }), NotesModule],
        inject: [getRepositoryToken(Note)],
        use: async (notes) => {
          await notes.clear();
          await notes.save({ text: NAME });
          const tables = await notes.query("select name from sqlite_master where type = 'table' and name like '%_note'");
          return [(await notes.find()).map(({ text }) => text), tables.map(({ name }) => name)];
        },
      });
    `,
    answer: (name) => [[name], [`${name}_note`]],
  },
  {
    title: '@nestjs/typeorm with options that come from a global @nestjs/config',
    body: `
      import { ConfigModule, ConfigService } from '@nestjs/config';
      import { TypeOrmModule } from '@nestjs/typeorm';
      import { DataSource } from 'typeorm';
      export const P = declare({
        imports: [
          TypeOrmModule.forRootAsync({ inject: [ConfigService], useFactory: (config) => ({ type: 'sqljs', entities: [], entityPrefix: config.get('prefix') }) }),
          ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => ({ prefix: NAME + '_' })] }),
        ],
        inject: [DataSource],
        use: (source) => [source.isInitialized, source.options.entityPrefix],
      });
    `,
    answer: (name) => [true, `${name}_`],
  },
  {
    title: '@nestjs/mongoose, whose connection is made when it is used',
    body: `
      import { MongooseModule, getConnectionToken, getModelToken } from '@nestjs/mongoose';
      import mongoose from 'mongoose';
      const schema = new mongoose.Schema({ name: String });
      class CatsModule {}
      Module({ imports: [MongooseModule.forFeature([{ name: 'Cat', schema }])], exports: [MongooseModule] })(CatsModule);
      export const P = declare({
        imports: [MongooseModule.forRoot('mongodb://127.0.0.1:1/' + NAME, { lazyConnection: true }), CatsModule],
        inject: [getConnectionToken(), getModelToken('Cat')],
        use: (connection, Cat) => [Cat.db === connection, new Cat({ name: NAME }).name],
      });
    `,
    answer: (name) => [true, name],
    unclean: ['one', 'two'],
  },
  {
    title: "@nestjs/terminus' indicators",
    body: `
      import { HttpHealthIndicator, MemoryHealthIndicator, TerminusModule, TypeOrmHealthIndicator } from '@nestjs/terminus';
      import { HealthCheck } from 'panotti';
      import { TypeOrmModule } from '@nestjs/typeorm';
      import { DataSource } from 'typeorm';
      class Checks {
        constructor(memory, typeorm) { Object.assign(this, { memory, typeorm }); }
        async database() { return this.typeorm.pingCheck('database'); }
        async heap() { return this.memory.checkHeap('heap', 1e12); }
      }
      Injectable()(Checks);
      [MemoryHealthIndicator, TypeOrmHealthIndicator].forEach((token, index) => Inject(token)(Checks, undefined, index));
      for (const name of ['database', 'heap']) HealthCheck(name)(Checks.prototype, name, Object.getOwnPropertyDescriptor(Checks.prototype, name));
      export const P = declare({
        imports: [TerminusModule, TypeOrmModule.forRoot({ type: 'sqljs', entities: [], entityPrefix: NAME })],
        providers: [Checks],
        inject: [Checks, TypeOrmHealthIndicator, DataSource],
        use: async (checks, indicator, source) => [(await checks.database()).database.status, (await checks.heap()).heap.status, indicator.getContextConnection && (await indicator.getContextConnection()) === source],
      });
    `,
    answer: () => ['up', 'up', true],
    also: ({ health }) => expect(JSON.parse(health)).toMatchObject({ status: 'ok' }),
  },
]);

describePackages('a package without a global module', [
  {
    title: '@nestjs/cache-manager',
    body: `
      import { CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
      export const P = declare({
        imports: [CacheModule.register()],
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
  {
    title: '@nestjs/axios',
    body: `
      import { HttpModule, HttpService } from '@nestjs/axios';
      export const P = declare({
        imports: [HttpModule.register({ headers: { 'x-who': NAME }, adapter: async (config) => ({ data: String(config.headers['x-who']), status: 200, config, headers: {} }) })],
        inject: [HttpService],
        use: async (http) => (await http.axiosRef.get('http://nowhere.invalid/')).data,
      });
    `,
    answer: (name) => name,
  },
  {
    title: '@nestjs/schedule, with a registry of each plugin',
    body: `
      import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
      export const P = declare({
        imports: [ScheduleModule.forRoot()],
        inject: [SchedulerRegistry],
        use: (registry) => {
          registry.addInterval(NAME, setInterval(() => undefined, 60_000));
          const names = registry.getIntervals();
          registry.deleteInterval(NAME);
          return names;
        },
      });
    `,
    answer: (name) => [name],
  },
  {
    title: 'nestjs-cls',
    body: `
      import { ClsModule, ClsService } from 'nestjs-cls';
      export const P = declare({
        imports: [ClsModule],
        inject: [ClsService],
        use: (cls) => cls.run(async () => {
          cls.set('who', NAME);
          await Promise.resolve();
          return [cls.get('who'), cls.isActive()];
        }),
      });
    `,
    answer: (name) => [name, true],
  },
  {
    title: 'prom-client, injected and by its default registry',
    body: `
      import { Counter, Gauge, Registry, register } from 'prom-client';
      const imported = new Counter({ name: 'shop_imports_total', help: 'Made when the file is imported.' });
      export const P = declare({
        inject: [Registry],
        providers: [{ provide: 'gauge', inject: [Registry], useFactory: (registry) => new Gauge({ name: 'shop_stock', help: 'Stock.', labelNames: ['plugin'], registers: [registry] }) }],
        use: async (registry) => {
          let counter = register.getSingleMetric('shop_sales_total');
          counter ??= new Counter({ name: 'shop_sales_total', help: 'Sales.' });
          counter.reset();
          counter.inc(NAME === 'one' ? 1 : 2);
          registry.getSingleMetric('shop_stock').set({ plugin: 'mine' }, NAME === 'one' ? 10 : 20);
          return [registry.getSingleMetric('shop_sales_total') === counter, register.getMetricsAsArray().length, register.getSingleMetric('shop_imports_total') === imported];
        },
      });
    `,
    answer: () => [true, 3, true],
    also: ({ metrics, metricsOfOne }) => {
      const shop = (text: string): string[] =>
        text.split('\n').filter((line) => /^(# TYPE )?shop_(sales|stock|imports)/.test(line));
      const both = shop(metrics);
      expect(both.toSorted()).toEqual(
        [
          '# TYPE shop_imports_total counter',
          '# TYPE shop_sales_total counter',
          '# TYPE shop_stock gauge',
          'shop_imports_total{plugin="one"} 0',
          'shop_imports_total{plugin="two"} 0',
          'shop_sales_total{plugin="one"} 1',
          'shop_sales_total{plugin="two"} 2',
          'shop_stock{plugin="one",exported_plugin="mine"} 10',
          'shop_stock{plugin="two",exported_plugin="mine"} 20',
        ].toSorted(),
      );
      expect(shop(metricsOfOne).filter((line) => line.includes('plugin="one"'))).toEqual([]);
      expect(shop(metricsOfOne)).toContain('shop_sales_total{plugin="two"} 2');
    },
  },
]);
