/** SIGHUP asks for new configuration. One that comes before somebody can act on it is remembered: the files may have been read already. */
export class HangUp {
  #isPending = false;
  #act: (() => void) | undefined;

  received(): void {
    if (this.#act) this.#act();
    else this.#isPending = true;
  }

  listen(act: () => void): void {
    this.#act = act;
    if (this.#isPending) act();
  }
}
