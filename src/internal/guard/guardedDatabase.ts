import type { WithoutSystemFields } from "convex/server";
import type { Doc, Id, TableNames } from "../_generated/dataModel.ts";
import type { DatabaseReader, DatabaseWriter } from "../_generated/server.ts";
import { digestOf } from "../ledger/digest.ts";
import { refusal } from "../refusal.ts";

/** Written only by functions that hold a verified event. */
export const PAYMENT_TABLES = [
  "planTimers",
  "planChanges",
  "events",
  "ledgerHeads",
  "eventBodies",
  "eventReadings",
  "erasures",
  "recordedTypes",
  "links",
  "unlinkedEvents",
  "subscriptions",
  "checkoutSessions",
  "invoices",
  "charges",
  "refunds",
  "disputes",
  "customers",
] as const satisfies TableNames[];

/** Notes on work, which payment does not decide. Each row carries the digest of itself. */
export const NOTE_TABLES = [
  "subscriptionReads",
  "replays",
  "reconciles",
  "readTurns",
  "customersOfOwners",
  "checkoutTurns",
] as const satisfies TableNames[];

type NoteTable = (typeof NOTE_TABLES)[number];

/** A row of notes without what the guard adds to it. */
type Note<Table extends NoteTable> = Omit<WithoutSystemFields<Doc<Table>>, "digest">;

/** Every field of a plan but its owner is decided by payment. */
export type PaymentFields = Omit<WithoutSystemFields<Doc<"plans">>, "ownerId" | "ownerDigest">;

/** The digest of what no event decides in a plan. */
export function ownerDigestOf({ ownerId }: Pick<Doc<"plans">, "ownerId">): string {
  return digestOf({ ownerId });
}

/** A plan before any payment. */
export const UNPAID_PLAN: Readonly<PaymentFields> = {
  planType: "free",
  seats: null,
  rule: "no_payment",
  reason: "No payment for this plan is known.",
  source: null,
  version: 0,
  alerts: [],
  ambiguousSubscriptionIds: [],
  liveSubscriptionIds: [],
  changesAtMs: null,
};

/**
 * `ctx.db` of every function that holds no verified event: it reads everything and writes everything
 * but what payment decides. What it writes carries a digest, which it adds itself.
 */
export interface GuardedDatabase
  extends Pick<DatabaseReader, "get" | "query" | "normalizeId" | "system"> {
  insert<Table extends NoteTable>(table: Table, value: Note<Table>): Promise<Id<Table>>;
  /** Opens a plan: nothing is paid yet. */
  insert(table: "plans", value: { ownerId: string } & PaymentFields): Promise<Id<"plans">>;
  patch<Table extends NoteTable>(id: Id<Table>, value: Partial<Note<Table>>): Promise<void>;
  replace<Table extends NoteTable>(id: Id<Table>, value: Note<Table>): Promise<void>;
  delete(id: Id<NoteTable>): Promise<void>;
}

/**
 * Wraps a database so that it refuses, also at run time, each write that only a verified event may
 * cause.
 *
 * @throws ConvexError `payment_write_refused` from the wrapped calls; nothing was written
 */
export function guardedDatabase(db: DatabaseWriter): GuardedDatabase {
  return {
    get: db.get,
    query: db.query,
    normalizeId: db.normalizeId,
    system: db.system,
    insert: async (table: TableNames, value: WithoutSystemFields<Doc<TableNames>>) => {
      refuseTable(table, value);
      return await db.insert(table, proven(table, value) as never);
    },
    patch: async (...args: unknown[]) => {
      const { id, value } = target(db, args);
      const row = await db.get(id);
      await db.patch(id, { ...value, digest: digestOf({ ...row, ...value }) } as never);
    },
    replace: async (...args: unknown[]) => {
      const { id, value } = target(db, args);
      await db.replace(id, { ...value, digest: digestOf(value) } as never);
    },
    delete: async (...args: unknown[]) => {
      refuseProtected(db, args);
      await (db.delete as (...args: unknown[]) => Promise<void>)(...args);
    },
  } as GuardedDatabase;
}

/** A value with the digest that its table demands. */
function proven(table: TableNames, value: WithoutSystemFields<Doc<TableNames>>): object {
  return table === "plans"
    ? { ...value, ownerDigest: ownerDigestOf(value as Doc<"plans">) }
    : { ...value, digest: digestOf(value) };
}

/** What a patch or replacement is of. Convex takes (id, value) and (table, id, value). */
function target(db: DatabaseWriter, args: unknown[]): { id: Id<NoteTable>; value: object } {
  refuseProtected(db, args);
  const [id, value] = args.slice(-2) as [Id<NoteTable>, object];
  return { id, value };
}

function refuseTable(table: string, value: object): void {
  if ((PAYMENT_TABLES as readonly string[]).includes(table)) {
    throw refused(`The table ${table} is written only by verified events.`);
  }
  if (table === "plans") {
    const { ownerId: _, ...fields } = value as Record<string, unknown>;
    if (canonical(fields) !== canonical(UNPAID_PLAN)) {
      throw refused("A plan is opened unpaid.");
    }
  }
}

function refuseProtected(db: DatabaseWriter, args: unknown[]): void {
  // With or without the table's name, the id is among the first two.
  const ids = args.slice(0, 2).map(String);
  const isOf = (table: TableNames) => ids.some((id) => db.normalizeId(table, id) !== null);
  if (NOTE_TABLES.some(isOf)) {
    return;
  }
  const table = [...PAYMENT_TABLES, "plans" as const].find(isOf);
  if (table !== undefined) {
    throw refused(`Documents of the table ${table} are changed only by verified events.`);
  }
}

function canonical(fields: object): string {
  return JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function refused(reason: string): Error {
  return refusal("payment_write_refused", `${reason} Only a payment can change a plan.`);
}
