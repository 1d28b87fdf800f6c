import type { JSONValue } from "convex/values";
import { requirePermission } from "../admin/OperatedFunctions.ts";
import type { Operator } from "../admin/Operator.ts";
import { FunctionError } from "../errors.ts";
import type { HostedFunction } from "../functions/FunctionRegistry.ts";
import { parseFunctionPath } from "../functions/functionPath.ts";
import type { Caller } from "../runtime/Caller.ts";
import type { CallResult } from "../runtime/FunctionObserver.ts";
import type { FunctionRunner } from "../runtime/FunctionRunner.ts";
import type { QueryJournal } from "../runtime/QueryJournal.ts";
import type { Writer } from "../runtime/Writer.ts";
import type { ReadSet } from "../transaction/ReadSet.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { RecentCommits } from "./RecentCommits.ts";
import type { Subscription, SubscriptionIndex } from "./SubscriptionIndex.ts";

/** One query to run. */
export interface QueryCall {
  readonly path: string;
  /** Convex JSON of the argument object. */
  readonly args: JSONValue;
  /** What an earlier run of the same query gave as `journal`, or null. */
  readonly journal: string | null;
  /**
   * Called once, at the first commit after the run that touches what it read. That commit may still be
   * lost with its batch; it must not throw.
   */
  readonly onTouched?: () => void;
}

/** How a query ended. A failure is a result like another: it too depends on what was read. */
export interface QueryRun {
  readonly outcome: CallResult | FunctionError;
  readonly journal: string | null;
  readonly reads: ReadSet;
  /** The newest commit that the query saw; it is durable. */
  readonly timestamp: bigint;
  /** Nobody waits for `onTouched` any longer. */
  end(): void;
}

export interface SnapshotRuns {
  readonly timestamp: bigint;
  /** In the order of the calls. */
  readonly runs: readonly QueryRun[];
}

export interface SnapshotQueriesOptions {
  runner: FunctionRunner;
  writer: Writer;
  subscriptions: SubscriptionIndex;
  recentCommits: RecentCommits;
}

/** Runs queries together, at one point between commits. */
export class SnapshotQueries {
  readonly #options: SnapshotQueriesOptions;

  constructor(options: SnapshotQueriesOptions) {
    this.#options = options;
  }

  /**
   * Runs the queries that `choose` names once all earlier transactions are done. Nothing is written
   * between `choose` and the last of them: all see the same snapshot.
   *
   * @throws OverloadedError, StoreError: then none of the queries is subscribed to anything
   */
  async run(choose: () => readonly QueryCall[], caller: Caller): Promise<SnapshotRuns> {
    const { writer } = this.#options;
    let settled: Promise<PromiseSettledResult<QueryRun>[]> = Promise.resolve([]);
    try {
      const timestamp = await writer.run(async (transaction) => {
        const started = choose().map((call) => this.#prepare(call, caller));
        const values = writer.runNext(started.map(({ work }) => work));
        settled = Promise.allSettled(
          started.map(({ finish }, i) => finish(values[i] as Promise<CallResult>)),
        );
        return transaction.timestamp;
      });
      const runs: QueryRun[] = [];
      for (const run of await settled) {
        if (run.status === "rejected") {
          throw run.reason;
        }
        runs.push(run.value);
      }
      return { timestamp, runs };
    } catch (error) {
      for (const run of await settled) {
        if (run.status === "fulfilled") {
          run.value.end();
        }
      }
      throw error;
    }
  }

  /**
   * Runs a query as of an earlier commit, as far as that is possible without old versions of documents:
   * when nothing that it reads has changed since.
   *
   * @returns null when that cannot be told, or is not so
   * @throws OverloadedError, StoreError
   */
  async runAt(timestamp: bigint, call: QueryCall, caller: Caller): Promise<QueryRun | null> {
    const { runs } = await this.run(() => [call], caller);
    const run = runs[0] as QueryRun;
    return this.#options.recentCommits.isUnchangedSince(timestamp, run.reads) ? run : null;
  }

  #prepare(call: QueryCall, { audience, identity, operator = null }: Caller) {
    const { runner, subscriptions } = this.#options;
    const journal: QueryJournal = { previousEndCursor: call.journal, endCursor: null };
    let timestamp = 0n;
    let reads: ReadSet = NOTHING;
    let subscription: Subscription | null = null;
    const work = async (transaction: Transaction): Promise<CallResult> => {
      timestamp = transaction.timestamp;
      // Called before any later transaction begins, so that no commit goes unnoticed.
      transaction.recordReads((read) => {
        reads = read;
        subscription =
          call.onTouched === undefined ? null : subscriptions.add(read, call.onTouched);
      });
      const hosted = runner.find(parseFunctionPath(call.path), "Query", audience);
      if (operator !== null) {
        permit(hosted, operator);
      }
      const { args } = call;
      return await runner.runIn(
        transaction,
        { hosted, args, identity, calledThrough: "SyncWorker", scheduledFunctionId: null },
        journal,
      );
    };
    const finish = async (value: Promise<CallResult>): Promise<QueryRun> => {
      const end = (): void => subscription?.end();
      try {
        const outcome = await value.catch(asFunctionError);
        return { outcome, journal: journal.endCursor, reads, timestamp, end };
      } catch (error) {
        end();
        throw error;
      }
    };
    return { work, finish };
  }
}

const NOTHING: ReadSet = { ids: new Set(), intervals: [], missingTables: new Set() };

/** @throws FunctionError: to a query that fails, the client's others are no concern */
function permit(hosted: HostedFunction, operator: Operator): void {
  try {
    requirePermission(hosted, operator);
  } catch (error) {
    throw new FunctionError((error as Error).message);
  }
}

function asFunctionError(error: unknown): FunctionError {
  if (error instanceof FunctionError) {
    return error;
  }
  throw error;
}
