/**
 * A test environment without a realm of its own: tests run with the globals of the process. What spec files commonly
 * change of the process is restored after each; `watch-prototypes.ts` checks the built-in prototypes.
 */
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

export default class OneRealmEnvironment {
  global = globalThis;
  fakeTimers = null;
  moduleMocker = new ModuleMocker(globalThis);
  #before = {
    console: Object.getOwnPropertyDescriptor(globalThis, 'console'),
    directory: process.cwd(),
    exit: process.exit,
    exitCode: process.exitCode,
    variables: { ...process.env },
  };

  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    const { console, directory, exit, exitCode, variables } = this.#before;
    Object.defineProperty(globalThis, 'console', console);
    process.chdir(directory);
    process.exit = exit;
    process.exitCode = exitCode;
    for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
    Object.assign(process.env, variables);
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  /** Only tells Jest that the environment can run modules; the runtime gives them no context. */
  getVmContext() {
    return {};
  }
}
