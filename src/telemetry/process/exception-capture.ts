/**
 * Keeps plugins from taking uncaught exceptions away from everybody: the callback of `process.setUncaughtExceptionCaptureCallback` gets those of
 * the host and of all other plugins as well, and no listener of `uncaughtException` is called any more.
 */
import { activeContext } from '../context/active-context.js';
import { ExceptionCaptureError } from '../telemetry.errors.js';

/**
 * Has `process.setUncaughtExceptionCaptureCallback` throw ExceptionCaptureError where a plugin calls it; elsewhere it does what it did.
 * Disposing ends that.
 *
 * @param report called with the error before it is thrown, in the context of the plugin
 */
export function keepUncaughtExceptions(report: (error: ExceptionCaptureError) => void): Disposable {
  const setCallback = process.setUncaughtExceptionCaptureCallback;
  process.setUncaughtExceptionCaptureCallback = (callback) => {
    const plugin = activeContext()?.plugin;
    if (plugin === undefined) return setCallback(callback);
    const error = new ExceptionCaptureError(plugin);
    report(error);
    throw error;
  };
  return { [Symbol.dispose]: () => void (process.setUncaughtExceptionCaptureCallback = setCallback) };
}
