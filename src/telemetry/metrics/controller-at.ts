/** A controller whose path is an option: decorators are written before options are read. */
import { Controller, type Type, VERSION_NEUTRAL } from '@nestjs/common';

/**
 * A class like the given controller, served at `path` whatever the versioning of the application is. It has the name of the original.
 *
 * @param path with a slash in front, such as `/health`
 */
export function controllerAt<T extends object>(original: Type<T>, path: string): Type<T> {
  // A class that extends a class with unknown parameters must declare them as a list of anything.
  const base = original as Type<object>;
  const placed = { [original.name]: class extends base {} }[original.name] as Type<T>;
  Controller({ path, version: VERSION_NEUTRAL })(placed);
  return placed;
}
