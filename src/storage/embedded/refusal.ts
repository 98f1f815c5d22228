/** Which units may be refused, and how a refusal differs from a transaction that cannot go on. */
import { StoreConflictError, StoreQuotaError } from '../storage.errors.js';
import type { EngineOperation } from './embedded-engine.port.js';

export function isRefusal(error: unknown): error is StoreConflictError | StoreQuotaError {
  return error instanceof StoreConflictError || error instanceof StoreQuotaError;
}

/** Whether an operation may be refused after another one has written. */
export function mayHaveToBeUndone(unit: readonly EngineOperation[]): boolean {
  let hasWritten = false;
  for (const operation of unit) {
    if (hasWritten && isRefusable(operation)) return true;
    hasWritten ||= operation.op !== 'acknowledge' && operation.op !== 'limit';
  }
  return false;
}

function isRefusable(operation: EngineOperation): boolean {
  if (operation.op === 'put' || operation.op === 'delete') return operation.expectedVersion !== undefined;
  return operation.op === 'append' || operation.op === 'limit';
}
