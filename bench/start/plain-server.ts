/** A server as a team would begin it: Nest on Fastify with pino, terminus and swagger. It listens on PORT. */
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Logger, LoggerModule } from 'nestjs-pino';

class Health {
  readonly terminus: HealthCheckService;
  constructor(terminus: HealthCheckService) {
    this.terminus = terminus;
  }
  ready(): unknown {
    return this.terminus.check([]);
  }
}
Controller('health')(Health);
Get('ready')(
  Health.prototype,
  'ready',
  Object.getOwnPropertyDescriptor(Health.prototype, 'ready') as PropertyDescriptor,
);
Reflect.defineMetadata('design:paramtypes', [HealthCheckService], Health);

class Root {}
Module({ imports: [LoggerModule.forRoot(), TerminusModule], controllers: [Health] })(Root);

const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), { bufferLogs: true });
app.useLogger(app.get(Logger));
SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, new DocumentBuilder().build()));
await app.listen(Number(process.env['PORT']), '127.0.0.1');
