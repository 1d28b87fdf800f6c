import type { Value } from "convex/values";
import type { DatabaseQuery, SerializedQuery } from "../../transaction/DatabaseQuery.ts";

/** A document's own copy for a function. */
export type ReadDocument = Record<string, Value | undefined>;

/**
 * The database calls that a function makes without JSON. Each behaves as the syscall of the same purpose:
 * it fails with the same error, and is never answered once the function has overrun its time.
 */
export interface DirectAccess {
  /** @throws SyscallError */
  open(query: SerializedQuery): DatabaseQuery | null;
  /** All documents of a query. @throws SyscallError */
  all(query: SerializedQuery): Promise<ReadDocument[]> | ReadDocument[];
  /** The next document, or null. */
  next(query: DatabaseQuery | null): Promise<ReadDocument | null> | ReadDocument | null;
  get(
    id: string,
    table: string | undefined,
    isSystem: boolean,
  ): Promise<ReadDocument | null> | ReadDocument | null;
  /** @param fields belong to the engine from now on. @returns the new id */
  insert(table: string, fields: Record<string, Value>): Promise<string> | string;
  patch(
    id: string,
    fields: Record<string, Value | undefined>,
    table: string | undefined,
  ): Promise<void> | void;
  replace(
    id: string,
    fields: Record<string, Value>,
    table: string | undefined,
  ): Promise<void> | void;
  delete(id: string, table: string | undefined): Promise<void> | void;
}
