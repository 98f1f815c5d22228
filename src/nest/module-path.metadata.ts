/** Records under which path a module's controllers are served, where `RouterModule` of Nest would record it: the OpenAPI document reads it there. */
import 'reflect-metadata';

/** The key of Nest's `MODULE_PATH`, which Nest completes with the id of the application. */
const MODULE_PATH = '__module_path__';

export function writeModulePath(moduleClass: object, applicationId: string, path: string): void {
  Reflect.defineMetadata(MODULE_PATH + applicationId, path, moduleClass);
}
