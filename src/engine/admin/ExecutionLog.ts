import { OverloadedError } from "../errors.ts";
import {
  LOG_POLL_MS,
  MAX_LOG_POLLS,
  MAX_LOGGED_CHARACTERS,
  MAX_LOGGED_EXECUTIONS,
} from "../limits.ts";
import type { Clock, Timer } from "../ports.ts";
import type { FunctionReport } from "../runtime/FunctionObserver.ts";
import { nextDouble } from "../values/nextDouble.ts";
import { executionEntry } from "./executionEntry.ts";
import { isSystemModule } from "./isSystemModule.ts";

/** What a poll gives, see {@link executionEntry}, and the cursor to come back with. */
export interface LogPage {
  entries: object[];
  newCursor: number;
}

interface Entry {
  cursor: number;
  report: FunctionReport;
  /** Of its error and lines. */
  characters: number;
}

/**
 * The last executions of functions, for those who watch: at most {@link MAX_LOGGED_EXECUTIONS}, and of
 * their errors and lines at most {@link MAX_LOGGED_CHARACTERS}; older ones are forgotten. The system's
 * own functions are left out, as on Convex. Kept in memory only.
 */
export class ExecutionLog {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #entries: Entry[] = [];
  #characters = 0;
  /** Milliseconds since 1970, made unique and increasing by the smallest steps. */
  #lastCursor = 0;
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(clock: Clock, timer: Timer) {
    this.#clock = clock;
    this.#timer = timer;
  }

  add(report: FunctionReport): void {
    if (isSystemModule(report.path)) {
      return;
    }
    const characters = charactersOf(report);
    this.#lastCursor = this.#nextCursor();
    this.#entries.push({ cursor: this.#lastCursor, report, characters });
    this.#characters += characters;
    while (
      this.#entries.length > MAX_LOGGED_EXECUTIONS ||
      (this.#characters > MAX_LOGGED_CHARACTERS && this.#entries.length > 1)
    ) {
      this.#characters -= this.#entries.shift()?.characters ?? 0;
    }
    this.#wakeAll();
  }

  /**
   * What came after `cursor`. Waits for it when there is nothing yet, up to {@link LOG_POLL_MS}. The
   * first question, with cursor 0, is answered at once with all there is. A cursor of an earlier process
   * with a faster clock counts as the newest.
   *
   * @param signal ends the wait
   * @throws OverloadedError when {@link MAX_LOG_POLLS} wait already
   */
  async poll(cursor: number, signal: AbortSignal): Promise<LogPage> {
    if (cursor === 0 && this.#entries.length === 0) {
      this.#lastCursor = this.#nextCursor();
      return { entries: [], newCursor: this.#lastCursor };
    }
    const after = Math.min(cursor, this.#lastCursor);
    if (after === this.#lastCursor) {
      await this.#wait(signal);
    }
    const entries = this.#entries.filter((entry) => entry.cursor > after);
    return {
      entries: entries.map(({ report }) => executionEntry(report)),
      newCursor: entries.at(-1)?.cursor ?? after,
    };
  }

  /** Answers all who wait, and from now on everybody at once. */
  close(): void {
    this.#closed = true;
    this.#wakeAll();
  }

  #nextCursor(): number {
    return Math.max(this.#clock.nowMs(), nextDouble(this.#lastCursor));
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#closed || signal.aborted) {
      return;
    }
    if (this.#waiting.size >= MAX_LOG_POLLS) {
      throw new OverloadedError("Too many requests wait for the log.");
    }
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        cancel();
        resolve();
      };
      const cancel = this.#timer.after(LOG_POLL_MS, wake);
      signal.addEventListener("abort", wake);
      this.#waiting.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) {
      wake();
    }
  }
}

function charactersOf({ error, logLines }: FunctionReport): number {
  let characters = error?.length ?? 0;
  for (const { messages } of logLines) {
    for (const message of messages) {
      characters += message.length;
    }
  }
  return characters;
}
