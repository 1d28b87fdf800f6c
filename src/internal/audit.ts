import { v } from "convex/values";
import type { Doc, TableNames } from "./_generated/dataModel.ts";
import type { DatabaseReader } from "./_generated/server.ts";
import { checkLedgerRow } from "./audit/checkLedgerRow.ts";
import type { TimerWithJob } from "./audit/checkTimer.ts";
import type { Audited } from "./audit/deployment.ts";
import type { PlanWithChange } from "./audit/PlanChecks.ts";
import { existingPlanIds } from "./effect/links.ts";
import { knownSecrets, stripeMode } from "./environment.ts";
import { internalQuery } from "./functions.ts";
import { bodyPartsOf, keptReading } from "./ledger/ledger.ts";
import schema from "./schema.ts";

/** Characters of documents in one page: with their bytes it stays under what one query may read. */
const MAX_PAGE_CHARACTERS = 2 * 1_024 * 1_024;

/** Rows of one page: some milliseconds of a gateway that others wait for. */
const MAX_PAGE_ROWS = 128;

/** A place in the order of creation: behind this document. */
const place = v.object({ creationTime: v.number(), id: v.string() });

const after = v.union(place, v.null());

/** What the audit will have to read, and as what. */
export const begin = internalQuery({
  args: {},
  handler: async ({ db }): Promise<Audited["audit:begin"]> => {
    const heads = await db.query("ledgerHeads").collect();
    return { mode: stripeMode(), events: heads.reduce((sum, { position }) => sum + position, 0) };
  },
});

/**
 * A page of the ledger, oldest first, each row held against its body here, where the signing secrets are.
 * No body leaves; what was understood of it does.
 */
export const ledgerPage = internalQuery({
  args: { after },
  handler: async ({ db }, args): Promise<Audited["audit:ledgerPage"]> => {
    const secrets = knownSecrets();
    const signers = new Map(secrets.map((secret) => [secret.fingerprint, secret]));
    return await pageOf(db, "events", args.after, async (row) => {
      const parts = await bodyPartsOf(db, row._id);
      const reading = parts.length === 0 ? await keptReading(db, row._id) : null;
      const checked = checkLedgerRow(row, { parts, reading }, signers);
      const claims = checked.reading?.links.planIdClaims ?? [];
      const plans = (await plansOf(db, claims)).map(({ _id, _creationTime }) => ({
        _id,
        _creationTime,
      }));
      const characters = parts.reduce((sum, { text }) => sum + text.length, 0);
      return { entry: { row, ...checked, plans }, characters };
    });
  },
});

/** A page of a table, oldest first. Of `eventBodies` without the text, of `plans` and timers with more. */
export const tablePage = internalQuery({
  args: { table: v.string(), after },
  handler: async ({ db }, args): Promise<Audited["audit:tablePage"]> => {
    if (!Object.hasOwn(schema.tables, args.table)) {
      throw new Error(`There is no table ${args.table}.`);
    }
    const table = args.table as TableNames;
    const misplaced: string[] = [];
    const page = await pageOf(db, table, args.after, async (row) => {
      if (!(await isInItsPlace(db, table, row))) {
        misplaced.push(row._id);
      }
      const characters = "text" in row ? row.text.length : JSON.stringify(row).length;
      return { entry: await shown(db, row), characters };
    });
    const newest = await db.query("events").order("desc").first();
    return { ...page, misplaced, ledgerEnd: newest === null ? null : placeOf(newest) };
  },
});

/** What the database itself knows of a row: its id and creation time, and whether its job can be one. */
async function isInItsPlace<Table extends TableNames>(
  db: DatabaseReader,
  table: Table,
  row: Doc<Table>,
): Promise<boolean> {
  const { _id, _creationTime, jobId = null } = row as Doc<Table> & { jobId?: string | null };
  const id = db.normalizeId(table, _id);
  const isJobId = jobId === null || db.system.normalizeId("_scheduled_functions", jobId) !== null;
  if (!isJobId || id === null || (await db.get(id))?._id !== _id) {
    return false;
  }
  const created = db
    .query(table)
    .withIndex("by_creation_time", (q) => q.eq("_creationTime", _creationTime as never));
  for await (const { _id: found } of created) {
    if (found === _id) {
      return true;
    }
  }
  return false;
}

async function shown(db: DatabaseReader, row: Doc<TableNames>): Promise<Record<string, unknown>> {
  if ("text" in row) {
    const { text: _, ...rest } = row;
    return rest;
  }
  if (isTimer(row)) {
    return await withJob(db, row);
  }
  return "changesAtMs" in row ? await withChange(db, row) : row;
}

function isTimer(row: Doc<TableNames>): row is Doc<"planTimers"> {
  return "jobId" in row && "planId" in row;
}

async function withJob(db: DatabaseReader, timer: Doc<"planTimers">): Promise<TimerWithJob> {
  const planId = db.normalizeId("plans", timer.planId);
  const jobId = db.system.normalizeId("_scheduled_functions", timer.jobId);
  const plan = planId === null ? null : await db.get(planId);
  const job = jobId === null ? null : await db.system.get(jobId);
  const { changesAtMs = null } = plan ?? {};
  return { ...timer, changesAtMs, job, readAtMs: Date.now() };
}

async function withChange(db: DatabaseReader, plan: Doc<"plans">): Promise<PlanWithChange> {
  const lastChange = await db
    .query("planChanges")
    .withIndex("by_plan", (q) => q.eq("planId", plan._id))
    .order("desc")
    .first();
  return { ...plan, lastChange, readAtMs: Date.now() };
}

async function plansOf(db: DatabaseReader, claims: readonly string[]): Promise<Doc<"plans">[]> {
  const planIds = await existingPlanIds(db, claims);
  const plans = await Promise.all(planIds.map((planId) => db.get(planId)));
  return plans.filter((plan) => plan !== null);
}

/** Rows behind `after`, until the page is full. */
async function pageOf<Table extends TableNames, Entry>(
  db: DatabaseReader,
  table: Table,
  after: { creationTime: number; id: string } | null,
  read: (row: Doc<Table>) => Promise<{ entry: Entry; characters: number }>,
): Promise<{ entries: Entry[]; next: { creationTime: number; id: string } | null }> {
  const rows = db
    .query(table)
    .withIndex("by_creation_time", (q) =>
      after === null ? q : q.gte("_creationTime", after.creationTime as never),
    );
  const entries: Entry[] = [];
  let characters = 0;
  for await (const row of rows) {
    const { _id, _creationTime } = row as unknown as { _id: string; _creationTime: number };
    if (after !== null && _creationTime === after.creationTime && _id <= after.id) {
      continue;
    }
    const each = await read(row);
    entries.push(each.entry);
    characters += each.characters;
    if (entries.length >= MAX_PAGE_ROWS || characters >= MAX_PAGE_CHARACTERS) {
      return { entries, next: placeOf({ _id, _creationTime }) };
    }
  }
  return { entries, next: null };
}

function placeOf({ _id, _creationTime }: { _id: string; _creationTime: number }) {
  return { creationTime: _creationTime, id: _id };
}
