/** What the rooms of telemetry and health write by hand, so that they need not load `@nestjs/swagger`. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  ApiExcludeController,
  ApiExtraModels,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { Answers, Described, RefersTo, Tagged } from '../../src/health/api-description.metadata.js';
import { MetricsController } from '../../src/telemetry/metrics/metrics.controller.js';

@ApiExcludeController()
class Excluded {}

describe('the controller of the metrics', () => {
  it('is left out of the API document as with `@ApiExcludeController()`', () => {
    const keys: unknown[] = Reflect.getMetadataKeys(Excluded);

    expect(keys).toHaveLength(1);
    for (const key of keys)
      expect(Reflect.getMetadata(key, MetricsController)).toEqual(Reflect.getMetadata(key, Excluded));
  });
});

class Line {}

const KINDS = ['up', 'down'] as const;
const LINES = { type: 'object', additionalProperties: { $ref: getSchemaPath(Line) } } as const;

@ApiTags('health')
@ApiExtraModels(Line)
class BySwagger {
  @ApiProperty({ enum: KINDS })
  status!: string;

  @ApiPropertyOptional({ description: 'Why.' })
  reason?: string;

  @ApiPropertyOptional({ description: 'How many.', type: 'integer', minimum: 0 })
  count?: number;

  @ApiProperty({ ...LINES, description: 'All.' })
  lines!: Record<string, Line>;

  @ApiOperation({ summary: 'Tells it.' })
  @ApiOkResponse({ type: Line, description: 'It is.' })
  @ApiNotFoundResponse({ description: 'It is not there.' })
  tell(): void {}
}

@Tagged('health')
@RefersTo(Line)
class ByHand {
  @Described({ enum: KINDS })
  status!: string;

  @Described({ required: false, description: 'Why.' })
  reason?: string;

  @Described({ required: false, description: 'How many.', type: 'integer', minimum: 0 })
  count?: number;

  @Described({ type: 'object', additionalProperties: { $ref: '#/components/schemas/Line' }, description: 'All.' })
  lines!: Record<string, Line>;

  @Answers('Tells it.', { 200: { type: Line, description: 'It is.' }, 404: { description: 'It is not there.' } })
  tell(): void {}
}

/** All that decorators have left on a class, on its method and on its properties. */
function notesOn(type: new () => { tell: () => void }): Record<string, unknown> {
  const notes = (target: object, property: string): unknown =>
    Object.fromEntries(
      Reflect.getMetadataKeys(target, property).map((key) => [key, Reflect.getMetadata(key, target, property)]),
    );
  const own = (target: object): unknown =>
    Object.fromEntries(Reflect.getMetadataKeys(target).map((key) => [key, Reflect.getMetadata(key, target)]));
  const properties = ['status', 'reason', 'count', 'lines'].map((name) => [
    name,
    notes(type.prototype as object, name),
  ]);
  return {
    class: own(type),
    prototype: own(type.prototype as object),
    tell: own(type.prototype.tell),
    ...Object.fromEntries(properties),
  };
}

describe('the descriptions of the health endpoints', () => {
  it('leave what the decorators of `@nestjs/swagger` leave', () => {
    expect(notesOn(ByHand)).toEqual(notesOn(BySwagger));
    expect(JSON.stringify(notesOn(ByHand))).toContain('How many.');
  });
});

describe('the package `panotti`', () => {
  it('does not load `@nestjs/swagger` before the first API document is made', async () => {
    const program = `
      import { createRequire, registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      await import('./dist/index.js');
      await import('./dist/cli/run-in-process.js');
      console.log(loaded.length > 500, loaded.filter((url) => url.includes('/@nestjs/swagger/')).length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: join(import.meta.dirname, '../..'),
    });

    expect(stdout).toBe('true 0\n');
  });
});
