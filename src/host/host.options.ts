/** Where plugins come from, besides those that ship with the server: the section `plugins` of `panotti.yaml`. */
import { IsArray, IsString, Matches } from 'class-validator';
import { IsDuration } from '../config/index.js';

const PACKAGE_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** The section `plugins` of `panotti.yaml`. */
export class PluginsOptions {
  /**
   * Folders whose entries are plugins: a folder with a `package.json`, or a single `.js` or `.mjs` file.
   * Relative to the folder of `panotti.yaml`. Searched in this order.
   */
  @IsArray()
  @IsString({ each: true })
  directories: string[] = [];

  /** Names of npm packages that are plugins, found in the `node_modules` of the configuration folder, of the working directory or of a folder above one of them. */
  @IsArray()
  @Matches(PACKAGE_NAME, { each: true, message: 'must be names of npm packages' })
  packages: string[] = [];

  /**
   * How long the import of one plugin may wait for something, such as an `await` at its top level, in seconds. It may compute for five times as
   * long. A plugin that takes longer is `invalid`, and the others start.
   */
  @IsDuration({ min: '100ms', max: '1h' }) importTimeout = 2;
}
