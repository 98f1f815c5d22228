/** Which pipe validates what reaches the handlers of plugins, wherever they run: in the server, in an application, in a test. */
import { Injectable, type PipeTransform, type Type, ValidationPipe } from '@nestjs/common';
import type { GlobalEnhancers } from '../../nest/index.js';
import { StreamingValidationPipe } from './streaming-validation-pipe.js';

/** `server`: as the server does it, unless the application has a global `ValidationPipe`. `application`: the application's global pipes alone. */
export type RouteValidationMode = 'server' | 'application';

@Injectable()
export class RouteValidation {
  readonly #mode: RouteValidationMode;

  constructor(mode: RouteValidationMode) {
    this.#mode = mode;
  }

  /**
   * The global pipes of plugin routes. Asked at each start of a plugin, because an application may add its own until it is initialized.
   * Two validations one after the other would transform what is transformed already, so that of the application, or one that the plugin
   * provides as `APP_PIPE`, replaces the server's.
   */
  pipesOf(config: Pick<GlobalEnhancers, 'getGlobalPipes' | 'getGlobalRequestPipes'>): PipeTransform[] {
    const own = config.getGlobalPipes();
    const isValidated =
      own.some((pipe) => pipe instanceof ValidationPipe) ||
      config.getGlobalRequestPipes().some(({ metatype }) => isValidation(metatype));
    if (this.#mode === 'application' || isValidated) return own;
    return [new StreamingValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }), ...own];
  }
}

function isValidation(metatype: unknown): boolean {
  return (
    typeof metatype === 'function' &&
    (metatype === ValidationPipe || (metatype as Type).prototype instanceof ValidationPipe)
  );
}
