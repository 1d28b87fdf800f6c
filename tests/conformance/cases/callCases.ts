import { anyApi } from "convex/server";
import { type ConformanceCase, type Deployment, gives, refuses } from "../conformanceCase.ts";

const calling = anyApi["calling"] as never as Record<string, never>;
const people = anyApi["people"] as never as Record<string, never>;

const names = (t: Deployment) => t.query(people["names"] as never);
const mutation = (name: string, args?: object) => (t: Deployment) =>
  t.mutation(calling[name] as never, args);
const action = (name: string) => (t: Deployment) => t.action(calling[name] as never);

/** What is stored after a call, however it ends. */
function leaves(call: (t: Deployment) => Promise<unknown>): ConformanceCase["run"] {
  return async (t) => {
    await call(t).catch(() => null);
    return await names(t);
  };
}

/** A failure at each depth, caught at each depth above it. */
function levels(): ConformanceCase[] {
  const runs: Record<string, ConformanceCase["run"]> = {};
  for (let failAt = 0; failAt <= 4; failAt++) {
    for (let catchAt = -1; catchAt < failAt; catchAt++) {
      const caught = catchAt < 0 ? "never caught" : `caught at ${catchAt}`;
      runs[`failing at ${failAt}, ${caught}`] = leaves(
        mutation("levels", { level: 0, failAt, catchAt }),
      );
    }
  }
  return gives("nested", runs);
}

/** Functions that call functions. */
export const callCases = [
  ...levels(),
  ...gives("nested", {
    "query in a query": (t) => t.query(calling["queryInQuery"] as never),
    "query in a mutation sees its writes": mutation("queryInMutation"),
    "mutation in a mutation": mutation("mutationInMutation"),
    "a caught failure undoes the inner writes alone": mutation("catching"),
    "a caught failure, afterwards": leaves(mutation("catching")),
    "the message of a caught failure": mutation("caughtMessage"),
    "the data of a caught failure": mutation("caughtData"),
    "a failure that is not caught undoes all": leaves(mutation("notCatching")),
    "refused arguments can be caught": mutation("badArgsCaught"),
    "two mutations together": mutation("bothTogether"),
  }),
  ...refuses("nested", {
    "a failure that is not caught": mutation("notCatching"),
  }),
  ...gives("action", {
    "calls query, mutation and action": action("fromAction"),
    "that fails keeps what its mutations committed": leaves(action("actionKeepsCommitted")),
    "catches a mutation's failure with its data": action("actionCatches"),
    "runs mutations together": action("parallelMutations"),
  }),
  ...gives("order", {
    "mutations asked for together all happen": async (t) => {
      await Promise.all(
        ["a", "b", "c", "d"].map((name) => t.mutation(people["add"] as never, { name } as never)),
      );
      return ((await names(t)) as string[]).sort();
    },
    "a mutation sees those before it": async (t) => {
      await t.mutation(people["add"] as never, { name: "old" } as never);
      const renamed = await t.mutation(
        people["rename"] as never,
        { from: "old", to: "new" } as never,
      );
      const again = await t.mutation(people["rename"] as never, { from: "old", to: "x" } as never);
      return [renamed, again, await names(t)];
    },
  }),
];
