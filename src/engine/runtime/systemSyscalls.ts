import type { SyscallHandler } from "./convexGlobal.ts";

/** Answered to queries and mutations: the names of all tables. */
export const TABLE_NAMES = "system/tableNames";

/** Answered to queries and mutations: the indexes of a table. */
export const TABLE_INDEXES = "system/tableIndexes";

/** An index as a table has it, without the `_creationTime` that ends every key. */
export interface TableIndex {
  name: string;
  fields: readonly string[];
}

/** The names of all tables, system tables included; to be called by a running query. */
export function tableNames(): string[] {
  const { Convex } = globalThis as unknown as { Convex: SyscallHandler };
  return JSON.parse(Convex.syscall(TABLE_NAMES, "{}")) as string[];
}

/** The indexes of a table, those that every table has first; none of a table that is not there. */
export function tableIndexes(table: string): TableIndex[] {
  const { Convex } = globalThis as unknown as { Convex: SyscallHandler };
  return JSON.parse(Convex.syscall(TABLE_INDEXES, JSON.stringify({ table }))) as TableIndex[];
}
