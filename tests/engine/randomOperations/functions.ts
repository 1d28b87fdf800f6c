import {
  defineSchema,
  defineTable,
  type ExpressionOrValue,
  type GenericDataModel,
  type GenericMutationCtx,
  type GenericQueryCtx,
  makeFunctionReference,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import {
  ConvexError,
  convexToJson,
  type GenericId,
  jsonToConvex,
  type Value,
  v,
} from "convex/values";
import {
  type Change,
  type Fields,
  type FieldText,
  INDEX_FIELDS,
  MISSING,
  type Seen,
  type Selection,
  type Step,
} from "./operations.ts";

type Ctx = GenericMutationCtx<GenericDataModel>;

/** What a run of steps has to say, also when it fails. */
export interface Report {
  seen: Seen[];
  /** Ids given so far, in order, those that were undone included. */
  ids: string[];
  /** Ids of jobs given so far, likewise. */
  jobs: string[];
}

const self = makeFunctionReference<"mutation">("random:apply");
const jobReference = makeFunctionReference<"mutation">("random:job");

/** Does the steps; the functions under test, on the engine. */
export const apply = mutation({
  args: {
    steps: v.any(),
    fails: v.boolean(),
    ids: v.array(v.string()),
    jobs: v.array(v.string()),
  },
  handler: async (ctx: Ctx, args): Promise<Report> => {
    const { steps, fails, ids, jobs } = args as Omit<Report, "seen"> & {
      steps: Step[];
      fails: boolean;
    };
    const report: Report = { seen: [], ids: [...ids], jobs: [...jobs] };
    for (const step of steps) {
      report.seen.push(await seenOf(ctx, step, report));
    }
    if (fails) {
      throw new ConvexError(report as never);
    }
    return report;
  },
});

/** What a scheduled function does: its document says which job it was. */
export const job = mutation({
  args: { number: v.number(), isFailing: v.boolean() },
  handler: async (ctx: Ctx, { number, isFailing }) => {
    await ctx.db.insert("listed", documentOf({ a: JSON.stringify(jobText(number)) }) as never);
    if (isFailing) {
      throw new Error("broken");
    }
  },
});

/** The field `a` of a job's document. */
export function jobText(number: number): string {
  return `job ${number}`;
}

/** Every job's state, in the order in which they were scheduled. */
export const jobStates = query({
  args: {},
  handler: async (ctx) => {
    const all = await ctx.db.system.query("_scheduled_functions").collect();
    return all.map(({ args, state }) => [(args[0] as { number: number }).number, state.kind]);
  },
});

/** Documents as JSON, in order of creation. */
export const createdAfter = query({
  args: { creationTime: v.number() },
  handler: async (ctx: GenericQueryCtx<GenericDataModel>, { creationTime }) => {
    const created = ctx.db
      .query("listed")
      .withIndex("by_creation_time", (q) => q.gt("_creationTime", creationTime));
    return (await created.collect()).map(documentJson);
  },
});

export const read = query({
  args: { selection: v.any(), take: v.any() },
  handler: (ctx, { selection, take }) => readIds(ctx, selection, take),
});

export const page = query({
  args: { selection: v.any(), numItems: v.number(), cursor: v.any() },
  handler: async (ctx, { selection, numItems, cursor }) => {
    const found = await select(ctx, selection).paginate({ numItems, cursor });
    return { ...found, page: found.page.map(({ _id }) => _id) };
  },
});

export const schema = defineSchema({
  listed: defineTable(v.any())
    .index("by_a", ["a"])
    .index("by_a_b", ["a", "b"])
    .index("by_c_x", ["c.x"]),
});

async function seenOf(ctx: Ctx, step: Step, report: Report): Promise<Seen> {
  switch (step.do) {
    case "insert": {
      const id = await ctx.db.insert(step.table, documentOf(step.fields) as never);
      report.ids.push(id as string);
      return documentJson(await ctx.db.get(id));
    }
    case "read":
      return await readIds(ctx, step.selection, step.take);
    case "nested": {
      const { ids, jobs } = report;
      const args = { steps: step.steps, fails: step.fails, ids, jobs };
      const nested = await ctx.runMutation(self, args as never).catch((error: unknown) => {
        if (error instanceof ConvexError) {
          return error.data;
        }
        throw error;
      });
      report.ids = (nested as Report).ids;
      report.jobs = (nested as Report).jobs;
      return (nested as Report).seen;
    }
    case "schedule": {
      const args = { number: report.jobs.length, isFailing: step.isFailing };
      report.jobs.push(await ctx.scheduler.runAfter(step.inMs, jobReference, args as never));
      return "pending";
    }
    case "cancel": {
      const id = report.jobs[step.target % Math.max(1, report.jobs.length)];
      if (id === undefined) {
        return "no jobs yet";
      }
      await ctx.scheduler.cancel(id as never);
      const canceled = await ctx.db.system.get(id as GenericId<"_scheduled_functions">);
      return canceled?.state.kind ?? "no such job";
    }
    default: {
      const id = report.ids[step.target % Math.max(1, report.ids.length)];
      return id === undefined ? "no ids yet" : await changed(ctx, step, id as never);
    }
  }
}

async function changed(ctx: Ctx, step: Change, id: never): Promise<Seen> {
  try {
    if (step.do === "patch") {
      await ctx.db.patch(id, patchOf(step.fields) as never);
    } else if (step.do === "replace") {
      await ctx.db.replace(id, documentOf(step.fields) as never);
    } else if (step.do === "delete") {
      await ctx.db.delete(id);
    }
  } catch (error) {
    const { message } = error as Error;
    return /nonexistent document|^Table for ID/.test(message) ? "nonexistent" : message;
  }
  return documentJson(await ctx.db.get(id));
}

async function readIds(
  ctx: GenericQueryCtx<GenericDataModel>,
  selection: Selection,
  take: number | null,
): Promise<string[]> {
  const selected = select(ctx, selection);
  const found = await (take === null ? selected.collect() : selected.take(take));
  return found.map(({ _id }) => _id as string);
}

interface Range {
  eq(field: string, value: unknown): Range;
  gt(field: string, value: unknown): Range;
  gte(field: string, value: unknown): Range;
  lt(field: string, value: unknown): Range;
  lte(field: string, value: unknown): Range;
}

function select(ctx: GenericQueryCtx<GenericDataModel>, selection: Selection) {
  const { table, index, equal, lower, upper, order, filter } = selection;
  const fields = INDEX_FIELDS[index];
  const inRange = (q: Range): Range => {
    let range = q;
    for (const [i, text] of equal.entries()) {
      range = range.eq(fields[i] as string, fieldValue(text));
    }
    const field = fields[equal.length] as string;
    if (lower !== null) {
      range = range[lower.inclusive ? "gte" : "gt"](field, fieldValue(lower.value));
    }
    return upper === null
      ? range
      : range[upper.inclusive ? "lte" : "lt"](field, fieldValue(upper.value));
  };
  const whole = ctx.db.query(table);
  // An unlisted table may not exist yet: then only a whole scan finds nothing instead of failing.
  const ordered = (
    table === "unlisted" ? whole : whole.withIndex(index as never, inRange as never)
  ).order(order);
  return filter === null
    ? ordered
    : ordered.filter((q) => {
        const compare = q[filter.operator] as (
          a: unknown,
          b: unknown,
        ) => ExpressionOrValue<boolean>;
        return compare(q.field(filter.field), fieldValue(filter.value));
      });
}

export function fieldValue(text: FieldText): Value | undefined {
  return text === MISSING ? undefined : jsonToConvex(JSON.parse(text));
}

/** Only fields that are there. */
function documentOf(fields: Fields): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, text]) => text !== MISSING)
      .map(([name, text]) => [name, fieldValue(text) as Value]),
  );
}

/** Fields that are missing are named, to be removed. */
function patchOf(fields: Fields): Record<string, Value | undefined> {
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, fieldValue(text)]));
}

function documentJson(document: object | null): Seen {
  return JSON.stringify(convexToJson(document as Value));
}
