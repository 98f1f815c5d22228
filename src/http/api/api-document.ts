/**
 * The OpenAPI document of an application and its plugins. `SwaggerModule.createDocument` alone would show plugin routes where they would be
 * if the application served them: below its global prefix, with the version before the name of the plugin.
 */
import { type INestApplication, Injectable, Logger, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { OpenAPIObject, SwaggerDocumentOptions } from '@nestjs/swagger';
import { messageOf } from '../../common/index.js';
import { completedHost, completedPlugin, withTags } from './completed-operations.js';
import { describedParts } from './missing-reference.js';
import { swagger } from './swagger.js';
import { ApplicationModules, writeModulePath } from '../../nest/index.js';
import { mergedDocument } from './merged-document.js';
import { belowMount } from '../routes/plugin-mount.js';
import { HttpOptions } from '../http.options.js';
import { type DocumentedMount, PluginMounts } from '../routes/plugin-mounts.js';

type Paths = OpenAPIObject['paths'];

@Injectable()
export class ApiDocument {
  readonly #logger = new Logger(ApiDocument.name);
  /** The last problem of each plugin, so that one is logged once and not with each request for the document. */
  readonly #problems = new Map<string, string>();

  constructor(
    private readonly mounts: PluginMounts,
    private readonly application: ApplicationModules,
    private readonly modules: ModulesContainer,
    private readonly http: HttpOptions,
  ) {}

  /**
   * Describes the routes as they are now: plugins come and go, so call it for each request (`patchDocumentOnRequest` of
   * `SwaggerModule.setup`). A plugin that cannot be described is left out, and a warning says why. Operations of plugins have ids that begin
   * with the name of the plugin; see `mergedDocument` for their schemas. What holds for each route of a plugin is added where its author has not
   * described it: the answer without an error, the body of errors, 503, a summary made of the name of the method.
   *
   * @param config of `DocumentBuilder`
   * @param options as of `SwaggerModule.createDocument`; `include` and `ignoreGlobalPrefix` hold for the application's own routes
   */
  create(
    app: INestApplication,
    config: Omit<OpenAPIObject, 'paths'>,
    options: SwaggerDocumentOptions = {},
  ): OpenAPIObject {
    const own = this.application.all().map(({ metatype }) => metatype as Type<object>);
    const created = swagger().SwaggerModule.createDocument(app, config, { include: own, ...options });
    const document = completedHost(created, this.http.routes.health);
    const parts = this.mounts.documented().flatMap((mount) => {
      const described = this.#described(mount.plugin, () => this.#pluginDocument(app, config, { ...options, mount }));
      return described ? [{ plugin: mount.plugin, document: described }] : [];
    });
    const described = describedParts(document, parts, (plugin, problem) => this.#leaveOut(plugin, problem));
    for (const { plugin } of described) this.#problems.delete(plugin);
    return withTags(mergedDocument(document, described));
  }

  /** One plugin must not take the document away from all others. */
  #described(plugin: string, describe: () => OpenAPIObject): OpenAPIObject | undefined {
    try {
      const document = describe();
      // What a decorator was given may be something that JSON has no word for, and the answer would fail for everybody.
      JSON.stringify(document);
      return document;
    } catch (error) {
      this.#leaveOut(plugin, messageOf(error));
      return undefined;
    }
  }

  #leaveOut(plugin: string, problem: string): void {
    if (this.#problems.get(plugin) === problem) return;
    this.#problems.set(plugin, problem);
    this.#logger.warn(
      `The API document leaves out plugin "${plugin}", whose routes are served but cannot be described: ${problem}`,
    );
  }

  #pluginDocument(
    app: INestApplication,
    config: Omit<OpenAPIObject, 'paths'>,
    { mount, ...options }: SwaggerDocumentOptions & { mount: DocumentedMount },
  ): OpenAPIObject {
    const include = [...mount.modules];
    // A module that two plugins share has the path of the one that was opened last.
    for (const module of include) writeModulePath(module, this.modules.applicationId, mount.path);
    const operationIdFactory = (controller: string, method: string, version?: string): string =>
      [mount.plugin, controller, method, ...(version === undefined || version === '' ? [] : [version])].join('_');
    const all = { operationIdFactory, ...options, include, ignoreGlobalPrefix: true };
    const document = swagger().SwaggerModule.createDocument(app, config, all);
    const paths = Object.entries(document.paths).map(([path, item]) => [belowMount(path, mount.path), item]);
    return completedPlugin({ ...document, paths: Object.fromEntries(paths) as Paths }, mount.routes);
  }
}
