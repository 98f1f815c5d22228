/** How a plugin takes new settings without being restarted. */

/**
 * Implemented by a plugin class that can go on with other settings. When the configuration is loaded anew and its settings have changed, the
 * plugin gets them here instead of being restarted. What was injected into its providers stays the previous object: pass on what they need.
 *
 * @example
 * export class MailerPlugin implements OnConfigChange<MailerConfig> {
 *   onConfigChange(next: MailerConfig, previous: MailerConfig): void {
 *     if (next.rate !== previous.rate) this.limiter.setRate(next.rate);
 *   }
 * }
 */
export interface OnConfigChange<T extends object = object> {
  /** Both are validated and frozen. One that throws, or takes longer than the plugin's `startTimeout`, has the plugin restarted. */
  onConfigChange(next: T, previous: T): void | Promise<void>;
}

export function takesConfigChanges(instance: object): instance is OnConfigChange {
  return 'onConfigChange' in instance && typeof instance.onConfigChange === 'function';
}
