/** Gives the event loop a turn: timers, sockets and other work go on before it resolves. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
