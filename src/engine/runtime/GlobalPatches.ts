/** Everything that stands in for a global now, so that nothing is patched twice. */
const patched = new WeakSet<object>();

/** Properties of global objects that are replaced for a while. */
export class GlobalPatches {
  readonly #undo: (() => void)[] = [];

  /**
   * Replaces `holder[name]` by what `make` makes of it. Leaves it when it is a replacement already, or
   * when this platform does not have it.
   */
  replace<Holder extends object, Name extends keyof Holder>(
    holder: Holder,
    name: Name,
    make: (real: Holder[Name]) => Holder[Name],
  ): void {
    const real = holder[name];
    if (typeof real !== "function" || patched.has(real)) {
      return;
    }
    const own = Object.getOwnPropertyDescriptor(holder, name);
    const replacement = make(real);
    patched.add(replacement as object);
    Object.defineProperty(holder, name, {
      value: replacement,
      writable: true,
      enumerable: own?.enumerable ?? false,
      configurable: true,
    });
    this.#undo.push(() => {
      if (holder[name] === replacement) {
        if (own === undefined) {
          delete holder[name];
        } else {
          Object.defineProperty(holder, name, own);
        }
      }
    });
  }

  /** Puts everything back that has not been replaced by somebody else since. */
  restore(): void {
    for (const undo of this.#undo.splice(0).reverse()) {
      undo();
    }
  }
}
