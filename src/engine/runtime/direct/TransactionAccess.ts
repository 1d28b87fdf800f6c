import type { Value } from "convex/values";
import type { DatabaseQuery, SerializedQuery } from "../../transaction/DatabaseQuery.ts";
import type { DatabaseSyscalls } from "../DatabaseSyscalls.ts";
import type { TransactionCall } from "../TransactionCall.ts";
import type { DirectAccess, ReadDocument } from "./DirectAccess.ts";

/** {@link DirectAccess} to the transaction of one call. */
export class TransactionAccess implements DirectAccess {
  readonly #call: TransactionCall;
  readonly #database: DatabaseSyscalls;
  readonly #asSyscall: <T>(work: () => T) => T;

  /** @param asSyscall measures the engine's work, and makes of its errors what a function may see */
  constructor(
    call: TransactionCall,
    database: DatabaseSyscalls,
    asSyscall: <T>(work: () => T) => T,
  ) {
    this.#call = call;
    this.#database = database;
    this.#asSyscall = asSyscall;
  }

  open(query: SerializedQuery): DatabaseQuery | null {
    // An error could be caught for ever; reading from no query ends the function.
    return this.#call.execution.overrun() === null
      ? this.#asSyscall(() => this.#database.open(query))
      : null;
  }

  all(query: SerializedQuery): Promise<ReadDocument[]> | ReadDocument[] {
    return this.#answer(() => copiesOf(this.#database.open(query)));
  }

  next(query: DatabaseQuery | null): Promise<ReadDocument | null> | ReadDocument | null {
    return this.#answer(() => query?.next()?.copy() ?? null);
  }

  get(
    id: string,
    table: string | undefined,
    isSystem: boolean,
  ): Promise<ReadDocument | null> | ReadDocument | null {
    return this.#answer(() => this.#database.find(id, table, isSystem)?.copy() ?? null);
  }

  insert(table: string, fields: Record<string, Value>): Promise<string> | string {
    return this.#answer(() => this.#call.transaction.insert(table, fields));
  }

  patch(
    id: string,
    fields: Record<string, Value | undefined>,
    table: string | undefined,
  ): Promise<void> | void {
    return this.#answer(() => this.#call.transaction.patch(id, fields, table));
  }

  replace(
    id: string,
    fields: Record<string, Value>,
    table: string | undefined,
  ): Promise<void> | void {
    return this.#answer(() => this.#call.transaction.replace(id, fields, table));
  }

  delete(id: string, table: string | undefined): Promise<void> | void {
    return this.#answer(() => this.#call.transaction.delete(id, table));
  }

  /** The package throws an error of its own with the message of a failed syscall. */
  #answer<T>(work: () => T): Promise<never> | T {
    if (this.#call.execution.overrun() !== null) {
      // A function that catches errors could go on for ever, one that waits cannot.
      return new Promise<never>(() => undefined);
    }
    try {
      return this.#asSyscall(work);
    } catch (error) {
      throw new Error((error as Error).message);
    }
  }
}

/** What a transaction may read bounds it. */
function copiesOf(query: DatabaseQuery): ReadDocument[] {
  const documents: ReadDocument[] = [];
  for (let document = query.next(); document !== null; document = query.next()) {
    documents.push(document.copy());
  }
  return documents;
}
