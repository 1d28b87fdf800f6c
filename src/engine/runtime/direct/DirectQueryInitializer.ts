import type { DirectAccess } from "./DirectAccess.ts";
import { DirectQuery } from "./DirectQuery.ts";
import { PackageQueryInitializer } from "./packageQuery.ts";

/** What `ctx.db.query(table)` gives: the package's, which makes {@link DirectQuery}s. */
export class DirectQueryInitializer extends PackageQueryInitializer {
  readonly #access: DirectAccess;

  static {
    // Messages about a query that was returned name its class.
    Object.defineProperty(DirectQueryInitializer, "name", { value: PackageQueryInitializer.name });
  }

  constructor(tableName: string, access: DirectAccess) {
    super(tableName);
    this.#access = access;
  }

  override withIndex(indexName: unknown, range?: unknown): DirectQuery {
    return DirectQuery.of(super.withIndex(indexName, range), this.#access);
  }

  override fullTableScan(): DirectQuery {
    return DirectQuery.of(super.fullTableScan(), this.#access);
  }
}
