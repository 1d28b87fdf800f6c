import type {
  DataModelFromSchemaDefinition,
  FunctionReference,
  FunctionReturnType,
  FunctionVisibility,
  GenericActionCtx,
  GenericDataModel,
  GenericMutationCtx,
  GenericQueryCtx,
  GenericSchema,
  OptionalRestArgs,
  SchemaDefinition,
  UserIdentity,
} from "convex/server";

type Reference<Type extends "query" | "mutation" | "action"> = FunctionReference<
  Type,
  FunctionVisibility
>;

/** A function written in the test itself. */
type Inline<Ctx> = (ctx: Ctx) => Promise<unknown>;

type ArgumentsOf<Called> =
  Called extends Reference<"query" | "mutation" | "action"> ? OptionalRestArgs<Called> : [];

type ResultOf<Called> =
  Called extends Reference<"query" | "mutation" | "action">
    ? FunctionReturnType<Called>
    : Called extends (...args: never[]) => Promise<infer Output>
      ? Output
      : never;

/** How a test reaches functions. Shapes and names are those of the `convex-test` package. */
export interface TestConvexForDataModel<DataModel extends GenericDataModel> {
  /** Calls a public or internal query, or runs an inline one. */
  query<Called extends Reference<"query"> | Inline<GenericQueryCtx<DataModel>>>(
    called: Called,
    ...args: ArgumentsOf<Called>
  ): Promise<ResultOf<Called>>;

  /** Calls a public or internal mutation, or runs an inline one. */
  mutation<Called extends Reference<"mutation"> | Inline<GenericMutationCtx<DataModel>>>(
    called: Called,
    ...args: ArgumentsOf<Called>
  ): Promise<ResultOf<Called>>;

  /** Calls a public or internal action, or runs an inline one. */
  action<Called extends Reference<"action"> | Inline<GenericActionCtx<DataModel>>>(
    called: Called,
    ...args: ArgumentsOf<Called>
  ): Promise<ResultOf<Called>>;

  /** Reads and writes documents in one transaction. It can wait for nothing but `ctx`. */
  run<Output>(handler: (ctx: GenericMutationCtx<DataModel>) => Promise<Output>): Promise<Output>;

  /**
   * Calls an HTTP action, as a request from outside does: one that throws answers 500.
   *
   * @param pathQueryFragment begins with "/"
   */
  fetch(pathQueryFragment: string, init?: RequestInit): Promise<Response>;

  /** Waits for the scheduled functions that are running. With fake timers: advance them first. */
  finishInProgressScheduledFunctions(): Promise<void>;

  /**
   * Waits for every scheduled function and those they schedule.
   *
   * @param advanceTimers usually `vi.runAllTimers`; called between the runs
   * @param maxIterations rounds before it gives up, 100 unless told
   */
  finishAllScheduledFunctions(advanceTimers: () => void, maxIterations?: number): Promise<void>;

  /**
   * The same deployment for a signed-in user. `issuer`, `subject` and `tokenIdentifier` are made up
   * where missing; this accessor stays as it is.
   */
  withIdentity(identity: Partial<UserIdentity>): TestConvexForDataModel<DataModel>;
}

export type TestConvex<Schema extends SchemaDefinition<GenericSchema, boolean>> =
  TestConvexForDataModel<DataModelFromSchemaDefinition<Schema>>;
