import type { Connection } from "./Connection.ts";

/** The newest rows of the engine's table of what operators did. */
export async function operatorActionsOf(
  call: Connection["call"],
  limit: number,
): Promise<unknown[]> {
  const paginationOpts = { numItems: limit, cursor: null };
  const args = { table: "_operator_actions", order: "desc", paginationOpts };
  return ((await call("_system/cli/tableData", args)) as { page: unknown[] }).page;
}
