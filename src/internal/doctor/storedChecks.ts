import type { StripeMode } from "../../stripe/mode.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { ownAccount, stripeMode } from "../environment.ts";
import { type Check, fail } from "./Check.ts";
import { queueChecks } from "./queueChecks.ts";
import { type LatestDeliveries, secretChecks } from "./secretChecks.ts";
import { settingChecks } from "./settingChecks.ts";

/** The newest events that are looked at. */
const MAX_LOOKED_AT = 200;

/** What the documents and the variables of a deployment tell. Reads a bounded number of documents. */
export async function storedChecks(
  db: Pick<DatabaseReader, "query">,
  atMs: number,
): Promise<Check[]> {
  const mode = readMode();
  const queue = await queueChecks(db, atMs);
  if (typeof mode !== "string") {
    // What depends on the mode cannot be told.
    return [mode, ...queue];
  }
  const latest = await latestDeliveries(db);
  return [
    ...secretChecks(latest, mode, atMs),
    ...(await settingChecks(db, mode, latest)),
    ...queue,
  ];
}

function readMode(): StripeMode | Check {
  try {
    return stripeMode();
  } catch (error) {
    const whatToDo = "Nothing works until it is mended: set a key of the mode that is meant.";
    return fail("mode", (error as Error).message, whatToDo);
  }
}

/** Of the gateway's own account; those of other accounts are of whatever mode they like. */
async function latestDeliveries(db: Pick<DatabaseReader, "query">): Promise<LatestDeliveries> {
  const events = await db.query("events").order("desc").take(MAX_LOOKED_AT);
  const rows = events.filter(
    ({ provenance, account }) => provenance === "webhook" && account === ownAccount(),
  );
  return { rows, areAll: events.length < MAX_LOOKED_AT };
}
