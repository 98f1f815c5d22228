/** The raw body of a request, where the application is created with `rawBody` and where it is not. */
import {
  Body,
  Controller,
  Delete,
  Get,
  type ModuleMetadata,
  Post,
  Put,
  RawBody,
  Req,
  type RawBodyRequest,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { type AskedWord, describeWords, type Difference } from '../../support/nest-words.js';

function bodyRoutes(): ModuleMetadata {
  const seen = (raw: Buffer | undefined, body: unknown): object => ({
    raw: raw?.toString() ?? 'none',
    isBuffer: Buffer.isBuffer(raw),
    body,
  });

  @Controller('raw')
  class RawRoutes {
    @Post()
    post(@Req() { rawBody }: RawBodyRequest<FastifyRequest>, @Body() body: unknown): object {
      return seen(rawBody, body);
    }

    @Put()
    put(@RawBody() raw: Buffer | undefined, @Body() body: unknown): object {
      return seen(raw, body);
    }

    @Delete()
    remove(@RawBody() raw: Buffer | undefined): object {
      return seen(raw, null);
    }

    @Get()
    get(@Req() { rawBody }: RawBodyRequest<FastifyRequest>): object {
      return seen(rawBody, null);
    }
  }
  return { controllers: [RawRoutes] };
}

const JSON_TEXT = '{ "amount": 0.0 }';
const FORM_TEXT = 'amount=0.0&list=1';
const sent = (method: string, type: string, body: string): [string, RequestInit] => [
  '/raw',
  { method, headers: { 'content-type': type }, body },
];
const json = (method: string, body = JSON_TEXT): [string, RequestInit] => sent(method, 'application/json', body);
const form = (method: string): [string, RequestInit] => sent(method, 'application/x-www-form-urlencoded', FORM_TEXT);

/** What the same requests get with the option and without, where a plugin has the bytes all the same. */
const wordsWhere = (isOn: boolean): readonly AskedWord[] => {
  const none = { raw: 'none', isBuffer: false };
  const read = (what: string, ask: AskedWord['ask'], status: number, raw: string, body: unknown): AskedWord => {
    const there = { status, body: { raw, isBuffer: true, body } };
    const differs: Difference = { id: 'bodies', inPlugin: there };
    return {
      title: `of ${what}`,
      ask,
      ...(isOn ? { is: there } : { is: { status, body: { ...none, body } }, differs }),
    };
  };
  const ofForm = { amount: '0.0', list: '1' };
  return [
    read('JSON, on the request', json('POST'), 201, JSON_TEXT, { amount: 0 }),
    read('JSON, by @RawBody', json('PUT'), 200, JSON_TEXT, { amount: 0 }),
    read('JSON in a DELETE', json('DELETE'), 200, JSON_TEXT, null),
    read('JSON with a charset', sent('POST', 'application/json; charset=utf-8', '"ü"'), 201, '"ü"', 'ü'),
    read('a form, on the request', form('POST'), 201, FORM_TEXT, ofForm),
    read('a form, by @RawBody', form('PUT'), 200, FORM_TEXT, ofForm),
    { title: 'of a request without a body', ask: ['/raw', { method: 'POST' }], is: { status: 201, body: none } },
    { title: 'of a GET', ask: ['/raw'], is: { status: 200, body: { ...none, body: null } } },
    { title: 'of JSON that is broken', ask: json('POST', '{"amount":'), is: { status: 400 } },
    { title: 'of a type without a parser', ask: sent('POST', 'application/x-own', 'own'), is: { status: 415 } },
  ];
};

describeWords('the raw body with rawBody', { define: bodyRoutes, application: { rawBody: true } }, wordsWhere(true));
describeWords('the raw body without rawBody', { define: bodyRoutes }, wordsWhere(false));

describeWords(
  'the raw body of a type that the application parses',
  {
    define: bodyRoutes,
    application: { rawBody: true },
    prepare: (app: NestFastifyApplication) =>
      app.useBodyParser('application/x-own', { bodyLimit: 1_000 }, (_request, body, done) =>
        done(null, { own: String(body) }),
      ),
  },
  [
    {
      title: 'is what came, and the body what the parser made',
      ask: sent('POST', 'application/x-own', 'own'),
      is: { status: 201, body: { raw: 'own', isBuffer: true, body: { own: 'own' } } },
      differs: {
        id: 'bodies',
        inPlugin: { status: 415, body: expect.objectContaining({ error: 'Unsupported Media Type' }) as unknown },
      },
    },
    {
      title: 'is that of JSON as before',
      ask: json('POST'),
      is: { status: 201, body: { raw: JSON_TEXT, isBuffer: true, body: { amount: 0 } } },
    },
  ],
);
