import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import type { Scope } from "../ledger/ledger.ts";

/** Plans that one Stripe object may be linked to; two are already one too many. */
const MAX_LINKED_PLANS = 8;

type Row = Pick<Doc<"links">, "planIds"> & { _id: Id<"links"> };

/** Which plans were named for Stripe's objects of one scope. Lives within one transaction, and reads each once. */
export class ObjectLinks {
  readonly scope: Scope;
  readonly #db: DatabaseReader;
  readonly #rows = new Map<string, Row | null>();

  constructor(db: DatabaseReader, scope: Scope) {
    this.#db = db;
    this.scope = scope;
  }

  /** The plans that were named for an object; none for null. */
  async plansOf(objectId: string | null): Promise<readonly Id<"plans">[]> {
    return objectId === null ? [] : ((await this.#find(objectId))?.planIds ?? []);
  }

  /** @returns false when all of these plans were named for the object before */
  async add(
    db: PaymentDatabase,
    objectId: string,
    planIds: readonly Id<"plans">[],
  ): Promise<boolean> {
    const row = await this.#find(objectId);
    const known = row?.planIds ?? [];
    const joined = [...new Set([...known, ...planIds])].sort().slice(0, MAX_LINKED_PLANS);
    if (joined.length === known.length) {
      return false;
    }
    if (row === null) {
      const _id = await db.insert("links", { ...this.scope, objectId, planIds: joined });
      this.#rows.set(objectId, { _id, planIds: joined });
    } else {
      await db.patch(row._id, { planIds: joined });
      this.#rows.set(objectId, { ...row, planIds: joined });
    }
    return true;
  }

  async #find(objectId: string): Promise<Row | null> {
    const known = this.#rows.get(objectId);
    if (known !== undefined) {
      return known;
    }
    const { mode, account } = this.scope;
    const row = await this.#db
      .query("links")
      .withIndex("by_object", (q) =>
        q.eq("mode", mode).eq("account", account).eq("objectId", objectId),
      )
      .unique();
    this.#rows.set(objectId, row);
    return row;
  }
}
