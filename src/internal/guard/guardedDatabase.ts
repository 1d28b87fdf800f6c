import type { WithoutSystemFields } from "convex/server";
import type { Doc, Id, TableNames } from "../_generated/dataModel.ts";
import type { DatabaseReader, DatabaseWriter } from "../_generated/server.ts";
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

type PaymentTable = (typeof PAYMENT_TABLES)[number];

/** Tables of the application's own, which payment does not decide. */
type OrdinaryTable = Exclude<TableNames, PaymentTable | "plans">;

/** Every field of a plan but its owner is decided by payment. */
export type PaymentFields = Omit<WithoutSystemFields<Doc<"plans">>, "ownerId">;

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
 * but what payment decides.
 */
export interface GuardedDatabase
  extends Pick<DatabaseReader, "get" | "query" | "normalizeId" | "system"> {
  insert<Table extends OrdinaryTable>(
    table: Table,
    value: WithoutSystemFields<Doc<Table>>,
  ): Promise<Id<Table>>;
  /** Opens a plan: nothing is paid yet. */
  insert(table: "plans", value: { ownerId: string } & PaymentFields): Promise<Id<"plans">>;
  patch<Table extends OrdinaryTable>(id: Id<Table>, value: Partial<Doc<Table>>): Promise<void>;
  replace<Table extends OrdinaryTable>(
    id: Id<Table>,
    value: WithoutSystemFields<Doc<Table>>,
  ): Promise<void>;
  delete(id: Id<OrdinaryTable>): Promise<void>;
}

/**
 * Wraps a database so that it refuses, also at run time, each write that only a verified event may
 * cause.
 *
 * @throws ConvexError `payment_write_refused` from the wrapped calls; nothing was written
 */
export function guardedDatabase(db: DatabaseWriter): GuardedDatabase {
  // Convex takes (id, value) and (table, id, value): either way the id is among the first two.
  const byId =
    (write: (...args: never[]) => Promise<void>) =>
    async (...args: unknown[]): Promise<void> => {
      for (const text of args.slice(0, 2)) {
        refuseProtected(db, String(text));
      }
      await write(...(args as never[]));
    };
  return {
    get: db.get,
    query: db.query,
    normalizeId: db.normalizeId,
    system: db.system,
    insert: async (table: TableNames, value: WithoutSystemFields<Doc<TableNames>>) => {
      refuseTable(table, value);
      return await db.insert(table, value as never);
    },
    patch: byId(db.patch),
    replace: byId(db.replace),
    delete: byId(db.delete),
  } as GuardedDatabase;
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

function refuseProtected(db: DatabaseWriter, id: string): void {
  const table = [...PAYMENT_TABLES, "plans" as const].find(
    (each) => db.normalizeId(each, id) !== null,
  );
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
