import type { SyscallHandler } from "./convexGlobal.ts";

/** Answered to queries and mutations: the names of all tables. */
export const TABLE_NAMES = "system/tableNames";

/** The names of all tables, system tables included; to be called by a running query. */
export function tableNames(): string[] {
  const { Convex } = globalThis as unknown as { Convex: SyscallHandler };
  return JSON.parse(Convex.syscall(TABLE_NAMES, "{}")) as string[];
}
