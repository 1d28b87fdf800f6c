import { MAX_SYSCALLS_MS, MAX_TRANSACTION_FUNCTION_MS } from "../limits.ts";
import type { Stopwatch } from "../ports.ts";

/**
 * How long one query or mutation may run. Its own code is measured on the processor's clock of this
 * thread, so that a busy machine does not count against it; the engine's work in its database calls is
 * taken off and has a bound of its own.
 */
export class FunctionTime {
  readonly #stopwatch: Stopwatch;
  readonly #startedMs: number;
  readonly #busyAtStartMs: number;
  #inSyscallsMs = 0;
  #othersBusyMs = 0;

  constructor(stopwatch: Stopwatch) {
    this.#stopwatch = stopwatch;
    this.#startedMs = stopwatch.elapsedMs();
    this.#busyAtStartMs = stopwatch.busyMs();
  }

  /** Runs the engine's part of a database call. */
  inSyscall<T>(work: () => T): T {
    const startedMs = this.#stopwatch.elapsedMs();
    try {
      return work();
    } finally {
      this.#inSyscallsMs += this.#stopwatch.elapsedMs() - startedMs;
    }
  }

  /** Others use the thread until the returned function is called. */
  pause(): () => void {
    const busyMs = this.#stopwatch.busyMs();
    return () => {
      this.#othersBusyMs += this.#stopwatch.busyMs() - busyMs;
    };
  }

  /** Why the function must not go on, in Convex's words, or null. */
  overrun(): string | null {
    if (this.#inSyscallsMs > MAX_SYSCALLS_MS) {
      return "Your request timed out performing too many system operations.";
    }
    const elapsedMs = this.#stopwatch.elapsedMs() - this.#startedMs - this.#inSyscallsMs;
    // The processor's clock is dearer to read, and never ahead of the other one.
    return elapsedMs > MAX_TRANSACTION_FUNCTION_MS && this.#ownMs() > MAX_TRANSACTION_FUNCTION_MS
      ? `Function execution timed out (maximum duration: ${MAX_TRANSACTION_FUNCTION_MS / 1_000}s)`
      : null;
  }

  #ownMs(): number {
    const busyMs = this.#stopwatch.busyMs() - this.#busyAtStartMs;
    return busyMs - this.#inSyscallsMs - this.#othersBusyMs;
  }
}
