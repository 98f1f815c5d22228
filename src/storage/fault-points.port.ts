/** Named places at which a test may end the process or throw. In production they do nothing. */

export type FaultPoint =
  | 'group-begun'
  | 'unit-applied'
  | 'before-commit'
  | 'after-commit'
  | 'before-checkpoint'
  | 'after-checkpoint'
  | 'migration-begun'
  | 'migration-applied'
  | 'migration-committed'
  | 'event-validated'
  | 'event-sealed'
  | 'publish-acknowledged'
  | 'delivery-claimed'
  | 'handler-invoked'
  | 'handler-resolved'
  | 'delivery-completed'
  | 'key-freed'
  | 'log-trimmed';

/** The injection token and the shape. */
export abstract class FaultPoints {
  abstract reach(point: FaultPoint): void;
}

export class NoFaultPoints extends FaultPoints {
  reach(_point: FaultPoint): void {
    // Nothing happens here: that is the point of it.
  }
}
