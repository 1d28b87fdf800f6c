import type { Engine } from "../engine/Engine.ts";
import type { DocumentWrite } from "../engine/storage/DocumentStore.ts";
import { SCHEDULED_FUNCTIONS } from "../engine/storage/systemTables.ts";
import { realTurn } from "./testTimer.ts";

/** The longest delay `setTimeout` keeps. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const DEFAULT_MAX_ITERATIONS = 100;

/** Turns of the event loop in which a timer that is due by the real clock fires at the latest. */
const MAX_IDLE_TURNS = 20;

/**
 * Starts scheduled functions by the test's own timers, faked or not: each sets one, with the
 * `setTimeout` there is when its schedule is committed, and starts when it fires.
 */
export class TestScheduler {
  readonly #engine: Engine;
  readonly #running = new Set<Promise<void>>();
  #waitingTimers = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.onCommit((commits) => {
      for (const write of commits.flat()) {
        const dueMs = newlyDueMs(write);
        if (dueMs !== null) {
          this.#waitingTimers++;
          this.#setTimer(dueMs);
        }
      }
    });
  }

  /** Resolves when none runs. Rejects when the engine could not look for them. */
  async finishInProgress(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.all(this.#running);
    }
  }

  /**
   * Advances timers and waits, in turns, until nothing runs and no timer waits that could still fire.
   *
   * @throws Error when functions go on scheduling after `maxIterations` rounds
   */
  async finishAll(
    advanceTimers: () => void,
    maxIterations = DEFAULT_MAX_ITERATIONS,
  ): Promise<void> {
    let idleTurns = 0;
    for (let i = 0; i < maxIterations; i++) {
      advanceTimers();
      if (this.#running.size > 0) {
        idleTurns = 0;
        await this.#finishWhileAdvancing(advanceTimers);
      } else if (this.#waitingTimers > 0 && idleTurns < MAX_IDLE_TURNS) {
        idleTurns++;
        await realTurn();
      } else {
        return;
      }
    }
    throw new Error(
      "finishAllScheduledFunctions: too many iterations. Check for infinitely recursive scheduled functions, or increase maxIterations.",
    );
  }

  /** What runs may itself wait for timers. */
  async #finishWhileAdvancing(advanceTimers: () => void): Promise<void> {
    const inProgress = [...this.#running];
    let isOver = false;
    const over = Promise.all(inProgress).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      advanceTimers();
      await Promise.race([over, realTurn()]);
    }
    await over;
  }

  #setTimer(dueMs: number): void {
    const delayMs = Math.min(Math.max(0, dueMs - Date.now()), MAX_TIMEOUT_MS);
    const timeout = globalThis.setTimeout(() => {
      if (Date.now() < dueMs) {
        this.#setTimer(dueMs);
        return;
      }
      this.#waitingTimers--;
      const run = this.#run().finally(() => this.#running.delete(run));
      this.#running.add(run);
    }, delayMs);
    timeout.unref();
  }

  async #run(): Promise<void> {
    const { scheduler } = this.#engine;
    do {
      await scheduler.startDue();
      await scheduler.finishInProgress();
    } while (await this.#isOneLeft());
  }

  /** More fired at once than the engine runs at once. Those whose timers wait are not meant. */
  async #isOneLeft(): Promise<boolean> {
    const dueMs = await this.#engine.scheduler.nextDueMs();
    return this.#waitingTimers === 0 && dueMs !== null && dueMs <= Date.now();
  }
}

/** When the function that this write schedules is due; null for every other write. */
function newlyDueMs({ tableNumber, before, after }: DocumentWrite): number | null {
  if (tableNumber !== SCHEDULED_FUNCTIONS.number || before !== null || after === null) {
    return null;
  }
  const { state, scheduledTime } = after.value as { state?: unknown; scheduledTime?: unknown };
  return (state as { kind: string }).kind === "pending" ? (scheduledTime as number) : null;
}
