/** Tells a unit that was refused from a transaction that cannot go on. */
import { StoreConflictError, StoreQuotaError } from './storage.errors.js';

export function isRefusal(error: unknown): error is StoreConflictError | StoreQuotaError {
  return error instanceof StoreConflictError || error instanceof StoreQuotaError;
}
