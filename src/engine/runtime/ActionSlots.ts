import { FunctionError, OverloadedError } from "../errors.ts";
import { MAX_ACTION_MS, MAX_CONCURRENT_ACTIONS } from "../limits.ts";
import type { Timer } from "../ports.ts";

/** Bounds how many actions run at once and how long each is waited for. */
export class ActionSlots {
  readonly #timer: Timer;
  #taken = 0;

  constructor(timer: Timer) {
    this.#timer = timer;
  }

  /**
   * Runs an action. One that takes longer than {@link MAX_ACTION_MS} has failed and gives its slot back:
   * its code cannot be stopped, but `abandon` must see to it that it reaches nothing any more.
   *
   * @throws OverloadedError when {@link MAX_CONCURRENT_ACTIONS} run already: nothing was started
   * @throws FunctionError after too long, and whatever `run` throws
   */
  async run<T>(run: () => Promise<T>, abandon: () => void): Promise<T> {
    if (this.#taken >= MAX_CONCURRENT_ACTIONS) {
      throw new OverloadedError("Too many actions are running.");
    }
    this.#taken++;
    let cancel: (() => void) | undefined;
    const timeout = new Promise<never>((_, reject) => {
      cancel = this.#timer.after(MAX_ACTION_MS, () => {
        abandon();
        reject(
          new FunctionError(
            `Function execution timed out (maximum duration: ${MAX_ACTION_MS / 1_000}s)`,
          ),
        );
      });
    });
    try {
      return await Promise.race([run(), timeout]);
    } finally {
      cancel?.();
      this.#taken--;
    }
  }
}
