/** What an operator may set for the store: the section `storage` of panotti.yaml. */
import { IsIn, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import type { Secret } from '../common/index.js';
import { IsSecret, Nested } from '../config/index.js';

export class EncryptionOptions {
  /**
   * Seals payloads, states and cursors in the store with AES-256-GCM: 32 bytes, as base64 or as 64 hexadecimal digits. A store that is there
   * already is sealed while the server runs. Whoever loses the key loses the store.
   */
  @IsOptional()
  @IsSecret({ isKey: true })
  key: Secret | undefined = undefined;

  /**
   * Keys that still open what was sealed with them, until the log says that everything is sealed with `key`. Without a `key`, what they
   * open is stored unsealed again.
   */
  @IsSecret({ each: true, isKey: true })
  previousKeys: Secret[] = [];
}

export class StorageOptions {
  /** `sqlite`: a file that survives everything but the loss of its disk. `memory`: nothing is kept after the end of the server, for tests. */
  @IsIn(['sqlite', 'memory'])
  driver: 'sqlite' | 'memory' = 'sqlite';

  /** The file of the store, relative to the data directory. Never one on a network file system. */
  @IsString()
  @IsNotEmpty()
  path = 'panotti/store.db';

  @Nested(() => EncryptionOptions) encryption = new EncryptionOptions();
}
