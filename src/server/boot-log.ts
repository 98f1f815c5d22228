/** Fatal lines of a server that has no application yet, or is on its way out, in the form that the log would have. */
import {
  createRootLogger,
  lineForm,
  type LineForm,
  type RootLogger,
  runInContext,
  TelemetryOptions,
} from '../telemetry/index.js';

export class BootLog {
  private constructor(
    private readonly logger: RootLogger,
    /** Of lines on the standard error, until the configuration is read. */
    readonly form: LineForm,
  ) {}

  /** The form is `auto`: what the configuration says is not known yet. */
  static async open(environment: Readonly<Record<string, string | undefined>>): Promise<BootLog> {
    const isProduction = environment['NODE_ENV'] === 'production';
    const options = new TelemetryOptions();
    return new BootLog(await createRootLogger(options, { isProduction }), lineForm(options, { isProduction }));
  }

  fatal(message: string, plugin: string | undefined): void {
    runInContext({ plugin }, () => this.logger.fatal({ context: 'Server' }, message));
  }
}
