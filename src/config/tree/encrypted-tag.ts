/** The one tag that YAML may have here, so that the parser lets it pass; `yaml-tree-builder.ts` decrypts what it marks. */
import type { ScalarTag } from 'yaml';

export const ENCRYPTED_TAG = '!encrypted';

export const encryptedTag: ScalarTag = { tag: ENCRYPTED_TAG, resolve: (written) => written };
