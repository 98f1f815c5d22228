/** One part of a plugin's start or stop, as far as a message about it goes. */
import type { HookName } from '../../nest/index.js';

/** `providers` while they are built, a hook while it is called, and for everything else what to say of it. */
export type Phase =
  | { readonly kind: 'providers' }
  | { readonly kind: 'hook'; readonly hook: HookName }
  | { readonly kind: 'other'; readonly what: string };
