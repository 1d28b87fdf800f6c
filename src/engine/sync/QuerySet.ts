import type { JSONValue } from "convex/values";
import { FunctionError } from "../errors.ts";
import { MAX_SYNC_QUERIES } from "../limits.ts";
import type { Random } from "../ports.ts";
import type { Caller } from "../runtime/Caller.ts";
import { failureText } from "../runtime/failureText.ts";
import type { QuerySetModification } from "./clientMessage.ts";
import { FatalSyncError } from "./FatalSyncError.ts";
import type { QueryRun, SnapshotQueries } from "./SnapshotQueries.ts";
import { queryFailed, queryRemoved, queryUpdated } from "./serverMessage.ts";
import type { TextHash } from "./TextHash.ts";

interface LiveQuery {
  readonly id: number;
  readonly path: string;
  readonly args: JSONValue;
  journal: string | null;
  /** Of the result that the client has; null while it has none. */
  resultHash: string | null;
  run: QueryRun | null;
}

export interface QuerySetOptions {
  queries: SnapshotQueries;
  hash: TextHash;
  random: Random;
  /** A query's result may have changed: {@link QuerySet.refresh} is due. */
  onTouched(): void;
}

/** What changed for the client. */
export interface Refreshed {
  /** All results are of this commit; null when nothing had to run, and the old results still hold. */
  readonly timestamp: bigint | null;
  /** Modifications of a transition, by query. */
  readonly modifications: ReadonlyMap<number, string>;
}

/** The live queries of one connection: runs again only those whose reads were touched. */
export class QuerySet {
  readonly #options: QuerySetOptions;
  readonly #queries = new Map<number, LiveQuery>();
  readonly #stale = new Set<LiveQuery>();
  #ended = false;

  constructor(options: QuerySetOptions) {
    this.#options = options;
  }

  /**
   * Adds and removes queries; not to be called while {@link refresh} runs.
   *
   * @returns the modifications that tell the client what is gone
   * @throws Error for an id that is taken, or unknown; FatalSyncError for too many queries
   */
  modify(modifications: readonly QuerySetModification[]): Map<number, string> {
    const removed = new Map<number, string>();
    for (const modification of modifications) {
      const { queryId } = modification;
      if (modification.type === "Add") {
        this.#add(modification);
        removed.delete(queryId);
      } else {
        this.#remove(queryId);
        removed.set(queryId, queryRemoved(queryId));
      }
    }
    return removed;
  }

  /** Every query must run again: another caller asks. */
  forgetResults(): void {
    for (const query of this.#queries.values()) {
      query.run?.end();
      query.run = null;
      this.#stale.add(query);
    }
  }

  /**
   * Runs what must run, all on one snapshot on which the results of the others hold too.
   *
   * @throws OverloadedError, StoreError
   */
  async refresh(caller: Caller): Promise<Refreshed> {
    const modifications = new Map<number, string>();
    if (this.#stale.size === 0) {
      return { timestamp: null, modifications };
    }
    let chosen: LiveQuery[] = [];
    const { timestamp, runs } = await this.#options.queries.run(() => {
      // Whatever a commit touched up to here is in the set by now, and runs.
      chosen = [...this.#stale];
      this.#stale.clear();
      return chosen.map((query) => ({ ...query, onTouched: () => this.#touched(query) }));
    }, caller);
    for (const [i, query] of chosen.entries()) {
      const modification = this.#complete(query, runs[i] as QueryRun);
      if (modification !== null) {
        modifications.set(query.id, modification);
      }
    }
    return { timestamp, modifications };
  }

  end(): void {
    this.#ended = true;
    for (const { run } of this.#queries.values()) {
      run?.end();
    }
  }

  #add({ queryId, path, args, journal }: QuerySetModification & { type: "Add" }): void {
    if (this.#queries.has(queryId)) {
      throw new Error(`Duplicate query ID: ${queryId}`);
    }
    if (this.#queries.size >= MAX_SYNC_QUERIES) {
      throw new FatalSyncError(`Too many queries on one connection (limit: ${MAX_SYNC_QUERIES})`);
    }
    const query = { id: queryId, path, args, journal, resultHash: null, run: null };
    this.#queries.set(queryId, query);
    this.#stale.add(query);
  }

  #remove(queryId: number): void {
    const query = this.#queries.get(queryId);
    if (query === undefined) {
      throw new Error(`Nonexistent query id: ${queryId}`);
    }
    query.run?.end();
    this.#queries.delete(queryId);
    this.#stale.delete(query);
  }

  #touched(query: LiveQuery): void {
    this.#stale.add(query);
    this.#options.onTouched();
  }

  /** @returns null when the client has this result already */
  #complete(query: LiveQuery, run: QueryRun): string | null {
    if (this.#ended) {
      run.end();
      return null;
    }
    query.run = run;
    query.journal = run.journal;
    const { outcome, journal } = run;
    const isFailure = outcome instanceof FunctionError;
    const result = isFailure ? [outcome.message, outcome.data ?? null] : outcome.valueText;
    const { logLines } = outcome;
    const resultHash = this.#options.hash.of(JSON.stringify([isFailure, result, logLines]));
    if (resultHash === query.resultHash) {
      return null;
    }
    query.resultHash = resultHash;
    if (!isFailure) {
      return queryUpdated(query.id, outcome.valueText, logLines, journal);
    }
    const message = failureText(outcome, this.#options.random);
    return queryFailed(query.id, { message, data: outcome.data }, logLines, journal);
  }
}
