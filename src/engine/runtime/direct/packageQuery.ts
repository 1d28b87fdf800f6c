import type { SerializedQuery } from "../../transaction/DatabaseQuery.ts";
import { packageContext } from "./packageContext.ts";

/** `QueryImpl` of the `convex` package, as far as {@link DirectQuery} builds on it. */
export interface PackageQuery {
  state:
    | { type: "preparing"; query: SerializedQuery }
    | { type: "executing"; queryId: number }
    | { type: "closed" | "consumed" };
  startQuery(): number;
  closeQuery(): void;
  order(order: unknown): PackageQuery;
  filter(predicate: unknown): PackageQuery;
  limit(count: unknown): PackageQuery;
  next(): Promise<IteratorResult<unknown>>;
  collect(): Promise<unknown[]>;
}

/** `QueryInitializerImpl`: a table that was named, and nothing else said yet. */
export interface PackageQueryInitializer {
  withIndex(indexName: unknown, range?: unknown): PackageQuery;
  fullTableScan(): PackageQuery;
}

// The package exports neither class; their instances come from its `ctx.db`.
const initializer = packageContext("Query", "public").db.query("t") as PackageQueryInitializer;

export const PackageQueryInitializer = initializer.constructor as new (
  tableName: string,
) => PackageQueryInitializer;

export const PackageQuery = initializer.fullTableScan().constructor as new (
  query: SerializedQuery,
) => PackageQuery;
