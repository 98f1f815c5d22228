/** The place where class-transformer keeps what its decorators said; the package exports it by its path alone. */
declare module 'class-transformer/cjs/storage.js' {
  export { defaultMetadataStorage } from 'class-transformer/types/storage.js';
}
