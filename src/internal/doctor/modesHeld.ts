import type { DatabaseReader } from "../_generated/server.ts";

/** The modes in which verified events named plans: whatever a plan is follows from such an event. */
export async function modesHeld(db: Pick<DatabaseReader, "query">): Promise<("test" | "live")[]> {
  const held: ("test" | "live")[] = [];
  for (const mode of ["test", "live"] as const) {
    const link = await db
      .query("links")
      .withIndex("by_object", (q) => q.eq("mode", mode))
      .first();
    if (link !== null) {
      held.push(mode);
    }
  }
  return held;
}
