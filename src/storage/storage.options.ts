/** What an operator may set for the store: the section `storage` of panotti.yaml. */
import { IsIn, IsNotEmpty, IsString } from 'class-validator';

export class StorageOptions {
  /** `sqlite`: a file that survives everything but the loss of its disk. `memory`: nothing is kept after the end of the server, for tests. */
  @IsIn(['sqlite', 'memory'])
  driver: 'sqlite' | 'memory' = 'sqlite';

  /** The file of the store, relative to the data directory. Never one on a network file system. */
  @IsString()
  @IsNotEmpty()
  path = 'panotti/store.db';
}
