import type { DatabaseQuery, SerializedQuery } from "../../transaction/DatabaseQuery.ts";
import type { DirectAccess, ReadDocument } from "./DirectAccess.ts";
import { PackageQuery } from "./packageQuery.ts";

/**
 * The `convex` package's query, which builds and checks it in its own words, but for reading its
 * documents: they come without JSON. Pages come as before.
 */
export class DirectQuery extends PackageQuery {
  readonly #access: DirectAccess;
  #running: DatabaseQuery | null = null;

  static {
    // Messages about a query that was returned name its class.
    Object.defineProperty(DirectQuery, "name", { value: PackageQuery.name });
  }

  constructor(query: SerializedQuery, access: DirectAccess) {
    super(query);
    this.#access = access;
  }

  /** A query that the package has made of another one. */
  static of(query: PackageQuery, access: DirectAccess): DirectQuery {
    return new DirectQuery((query.state as { query: SerializedQuery }).query, access);
  }

  override order(order: unknown): DirectQuery {
    return DirectQuery.of(super.order(order), this.#access);
  }

  override filter(predicate: unknown): DirectQuery {
    return DirectQuery.of(super.filter(predicate), this.#access);
  }

  override limit(count: unknown): DirectQuery {
    return DirectQuery.of(super.limit(count), this.#access);
  }

  override startQuery(): number {
    if (this.state.type !== "preparing") {
      return super.startQuery();
    }
    this.#running = this.#access.open(asSent(this.state.query));
    this.state = { type: "executing", queryId: 0 };
    return 0;
  }

  override closeQuery(): void {
    this.#running = null;
    this.state = { type: "consumed" };
  }

  override async next(): Promise<IteratorResult<unknown>> {
    if (this.state.type === "closed" || this.state.type === "consumed") {
      return await super.next();
    }
    if (this.state.type === "preparing") {
      this.startQuery();
    }
    const value = await this.#nextDocument();
    return { value, done: value === null };
  }

  override async collect(): Promise<ReadDocument[]> {
    if (this.state.type !== "preparing") {
      super.startQuery();
    }
    const { query } = this.state as { query: SerializedQuery };
    this.state = { type: "consumed" };
    return await this.#access.all(asSent(query));
  }

  async #nextDocument(): Promise<ReadDocument | null> {
    const document = await this.#access.next(this.#running);
    if (document === null) {
      this.closeQuery();
    }
    return document;
  }
}

/** As JSON would bring it: `limit` takes anything, and JSON makes null of infinity. */
function asSent(query: SerializedQuery): SerializedQuery {
  const isPlain = query.operators.every(
    (operator) => "limit" in operator && Number.isFinite(operator.limit),
  );
  return isPlain ? query : (JSON.parse(JSON.stringify(query)) as SerializedQuery);
}
