/**
 * The OpenAPI document of an application and its plugins. `SwaggerModule.createDocument` alone would show plugin routes where they would be
 * if the application served them: below its global prefix, with the version before the name of the plugin.
 */
import { type INestApplication, Injectable, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { type OpenAPIObject, type SwaggerDocumentOptions, SwaggerModule } from '@nestjs/swagger';
import { PluginServices } from './instance/plugin-services.js';
import { writeModulePath } from './module-path.metadata.js';
import { belowMount } from './routes/plugin-mount.js';
import { type DocumentedMount, PluginMounts } from './routes/plugin-mounts.js';

type Paths = OpenAPIObject['paths'];

@Injectable()
export class ApiDocument {
  constructor(
    private readonly mounts: PluginMounts,
    private readonly services: PluginServices,
    private readonly modules: ModulesContainer,
  ) {}

  /**
   * Describes the routes as they are now: plugins come and go, so make it anew for each request (`patchDocumentOnRequest` of
   * `SwaggerModule.setup`).
   *
   * @param config of `DocumentBuilder`
   * @param options as of `SwaggerModule.createDocument`; `include` and `ignoreGlobalPrefix` hold for the application's own routes
   */
  create(app: INestApplication, config: Omit<OpenAPIObject, 'paths'>, options: SwaggerDocumentOptions = {}): OpenAPIObject {
    const own = this.services.hostModules().map(({ metatype }) => metatype as Type<object>);
    const document = SwaggerModule.createDocument(app, config, { include: own, ...options });
    const ofPlugins = this.mounts.documented().map((mount) => this.#pluginDocument(app, config, { ...options, mount }));
    const schemas = Object.fromEntries([...ofPlugins, document].flatMap(({ components }) => Object.entries(components?.schemas ?? {})));
    return { ...document, paths: mergedPaths([document, ...ofPlugins]), components: { ...document.components, schemas } };
  }

  #pluginDocument(
    app: INestApplication,
    config: Omit<OpenAPIObject, 'paths'>,
    { mount, ...options }: SwaggerDocumentOptions & { mount: DocumentedMount },
  ): OpenAPIObject {
    const include = [...mount.modules];
    // A module that two plugins share has the path of the one that was opened last.
    for (const module of include) writeModulePath(module, this.modules.applicationId, mount.path);
    const document = SwaggerModule.createDocument(app, config, { ...options, include, ignoreGlobalPrefix: true });
    const paths = Object.entries(document.paths).map(([path, item]) => [belowMount(path, mount.path), item]);
    return { ...document, paths: Object.fromEntries(paths) as Paths };
  }
}

function mergedPaths(documents: readonly OpenAPIObject[]): Paths {
  const merged: Paths = {};
  for (const { paths } of documents) for (const [path, item] of Object.entries(paths)) merged[path] = { ...item, ...merged[path] };
  return merged;
}
