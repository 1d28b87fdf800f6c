import { anyApi } from "convex/server";
import { type ConformanceCase, type Deployment, gives, refuses } from "../conformanceCase.ts";

const scheduling = anyApi["scheduling"] as never as Record<string, never>;
const people = anyApi["people"] as never as Record<string, never>;

const names = (t: Deployment) => t.query(people["names"] as never);
const jobs = (t: Deployment) => t.query(scheduling["jobs"] as never);

async function settled(t: Deployment): Promise<void> {
  await t.finishAllScheduledFunctions(() => undefined);
}

/** Schedules, waits for all of it, and shows what is stored and what became of the jobs. */
function after(schedule: (t: Deployment) => Promise<unknown>): ConformanceCase["run"] {
  return async (t) => {
    await schedule(t).catch(() => null);
    await settled(t);
    return { names: await names(t), jobs: await jobs(t) };
  };
}

const mutation = (name: string, args?: object) => (t: Deployment) =>
  t.mutation(scheduling[name] as never, args);

/** `ctx.scheduler`, with what its jobs leave. */
export const schedulerCases = [
  ...gives("scheduler", {
    "a mutation runs after its commit": after(mutation("later", { name: "ann" })),
    "nothing runs when the scheduling mutation fails": after(
      mutation("later", { name: "ann", fail: true }),
    ),
    "an action schedules at once": after((t) =>
      t.action(scheduling["atOnceFromAction"] as never, { name: "ann" } as never),
    ),
    "an action runs": after(mutation("scheduleAction")),
    "a failing mutation leaves nothing": after(mutation("scheduleFailing")),
    "a chain runs to its end": after(mutation("chain", { left: 3 })),
    "a canceled job does not run": after(mutation("scheduleAndCancel")),
    "a nested failure takes its jobs along": after(mutation("nestedFailure")),
    "nobody is signed in": after((t) =>
      t.withIdentity({ subject: "ann" }).mutation(scheduling["scheduleWho"] as never),
    ),
    "a query is refused when its time comes": async (t) => {
      await t.run((ctx) => ctx.scheduler.runAfter(0, people["names"] as never, {} as never));
      await settled(t);
      return await names(t);
    },
    "a job that waits": async (t) => {
      const id = await t.run((ctx) =>
        ctx.scheduler.runAfter(60_000_000, people["add"] as never, { name: "later" } as never),
      );
      return await t.query(scheduling["job"] as never, { id } as never);
    },
    "a job canceled from another mutation": async (t) => {
      const id = await t.run((ctx) =>
        ctx.scheduler.runAfter(60_000_000, people["add"] as never, { name: "later" } as never),
      );
      await t.run((ctx) => ctx.scheduler.cancel(id));
      return await jobs(t);
    },
  }),
  ...refuses("scheduler", {
    "a negative delay": (t) =>
      t.run((ctx) => ctx.scheduler.runAfter(-1, people["add"] as never, {} as never)),
    "an endless delay": (t) =>
      t.run((ctx) => ctx.scheduler.runAfter(Infinity, people["add"] as never, {} as never)),
    "a function that does not exist": (t) =>
      t.run((ctx) => ctx.scheduler.runAfter(0, people["nothing"] as never, {} as never)),
    "a module that does not exist": (t) =>
      t.run((ctx) =>
        ctx.scheduler.runAfter(
          0,
          (anyApi["nowhere"] as never as Record<string, never>)["f"] as never,
          {} as never,
        ),
      ),
  }),
];
