import { internalQueryGeneric } from "convex/server";
import { afterEach, expect, test } from "vitest";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import {
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
  thinEvent,
} from "../fixtures/stripe.ts";
import { faultyStore } from "../support/faultyStore.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { setDateNow } from "../support/manualDate.ts";
import { type ManualTime, manualTime } from "../support/manualTime.ts";
import { type MortalStore, mortalStore, ProcessGone } from "../support/mortalStore.ts";
import { openSchedulerEngine, type SchedulerEngine } from "../support/schedulerEngine.ts";
import { setStripeApi } from "../support/stripeKey.ts";
import { type StripeServer, startStripeServer } from "../support/stripeServer.ts";

const START_MS = Date.parse("2026-11-20T12:00:00Z");
const MAX_ROUNDS = 60;

const probe = {
  /** Jobs that are due soon; what is set for the end of a period is not under way. */
  jobs: internalQueryGeneric(async ({ db }) => {
    const soonMs = Date.now() + 60 * 60_000;
    const jobs = await db.system.query("_scheduled_functions").collect();
    const pending = jobs.filter(({ state }) => state.kind === "pending");
    return pending.filter(({ scheduledTime }) => scheduledTime < soonMs).length;
  }),
  unlinked: internalQueryGeneric(
    async ({ db }) => (await db.query("unlinkedEvents").collect()).length,
  ),
};
const modules = { ...internalFunctions, faultyStore, probe };

afterEach(() => {
  setStripeApi(null);
  setDateNow(null);
});

/** One database and the processes that had it, one after another. The first one dies at a commit. */
class Deployment {
  readonly #store: SqlStore = openMemoryStore();
  readonly #first: MortalStore;
  #time: ManualTime = manualTime(START_MS);
  #gateway: SchedulerEngine;
  restarts = 0;

  constructor(diesAtCommit: number) {
    this.#first = mortalStore(this.#store, diesAtCommit);
    this.#gateway = openSchedulerEngine(modules, { store: this.#first.store, time: this.#time });
  }

  nowMs = (): number => this.#time.clock.nowMs();

  /** Does something until it is acknowledged, as Stripe and operators do. */
  async insist<T>(act: (gateway: SchedulerEngine) => Promise<T>): Promise<T> {
    if (this.restarts > 0) {
      return await act(this.#gateway);
    }
    const acting = act(this.#gateway);
    acting.catch(() => undefined);
    try {
      return await Promise.race([acting, this.#first.death]);
    } catch (error) {
      if (!(error instanceof ProcessGone)) {
        throw error;
      }
      this.restarts++;
      this.#time = manualTime(this.nowMs());
      this.#gateway = openSchedulerEngine(modules, { store: this.#store, time: this.#time });
      return await act(this.#gateway);
    }
  }

  async call(path: string, args: object = {}): Promise<unknown> {
    return await this.insist(({ call }) => call(path, args));
  }

  async deliver(event: JsonObject): Promise<void> {
    await this.insist(async (gateway) => {
      const response = await deliverTo(gateway, event);
      if (response.status !== 200) {
        throw new Error(`answered with ${response.status}`);
      }
    });
  }

  /** Lets everything that is under way come to its end. */
  async finish(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS && !(await this.#isQuiet()); round++) {
      for (const sweep of ["inbox:sweep", "refetch:sweep", "reconcile:sweep"]) {
        await this.call(sweep);
      }
      await this.insist(({ engine }) => engine.scheduler.runDue());
      await this.#time.advance(20_000);
    }
    expect(await this.#isQuiet()).toBe(true);
  }

  async rows(path: string): Promise<JsonObject[]> {
    const paginationOpts = { numItems: 500, cursor: null };
    return ((await this.call(path, { paginationOpts })) as { page: JsonObject[] }).page;
  }

  async close(): Promise<void> {
    await this.#gateway.engine.close();
  }

  async #isQuiet(): Promise<boolean> {
    const counts = (await this.call("inbox:counts")) as Record<string, { count: number }>;
    const reads = await this.rows("refetch:list");
    const { run } = (await this.call("reconcile:status")) as { run: JsonObject | null };
    const replay = (await this.call("inbox:replayProgress")) as JsonObject | null;
    return (
      counts["received"]?.count === 0 &&
      counts["failed"]?.count === 0 &&
      reads.every(({ status }) => status === "resting") &&
      run?.["state"] !== "running" &&
      replay?.["state"] !== "running" &&
      (await this.call("probe:jobs")) === 0
    );
  }
}

/** Ingest, retry, thin events, reads, reconcile and replay in one history. @returns where it ended */
async function history(stripe: StripeServer, deployment: Deployment): Promise<unknown> {
  setDateNow(deployment.nowMs);
  stripe.nowMs = deployment.nowMs;
  const planIds: string[] = [];
  for (const ownerId of ["ann", "bob", "cleo"]) {
    planIds.push((await deployment.call("plans:open", { ownerId })) as string);
  }
  const [ann = "", bob = "", cleo = ""] = planIds;
  const created = Math.floor(deployment.nowMs() / 1_000);
  const event = (id: string, object: JsonObject, ageSeconds = 0) =>
    stripeEvent("customer.subscription.updated", object, { id, created: created - ageSeconds });

  await deployment.deliver(event("evt_plain", professional(ann, "sub_plain")));
  await deployment.deliver(event("evt_later", professional("nobody", "sub_later")));
  await deployment.call("faultyStore:spoil", { objectId: "sub_faulty" });
  await deployment.deliver(event("evt_faulty", professional(ann, "sub_faulty")));
  const thin = professional(bob, "sub_thin");
  stripe.add(thin);
  await deployment.deliver(thinEvent("v1.customer.subscription.active", thin, { id: "evt_thin" }));
  stripe.add(professional(bob, "sub_tie"));
  for (const status of ["active", "unpaid"]) {
    await deployment.deliver(event(`evt_tie_${status}`, professional(bob, "sub_tie", status)));
  }
  await deployment.call("faultyStore:mend", { objectId: "sub_faulty" });
  for (let index = 0; index < 5; index++) {
    const object = professional(cleo, `sub_missed_${index}`);
    stripe.events.push(event(`evt_missed_${index}`, object, 5_000 - index));
  }
  stripe.maxPageSize = 2;
  await deployment.call("reconcile:run");
  await deployment.finish();
  await deployment.deliver(event("evt_link", professional(cleo, "sub_later"), -600));
  await deployment.call("inbox:replay");
  await deployment.finish();
  return await outcome(deployment, planIds);
}

async function outcome(deployment: Deployment, planIds: string[]): Promise<unknown> {
  const ledger = (await deployment.rows("events:list")).map((row) => ({
    id: named(row["stripeEventId"], row),
    status: row["status"],
    reason: named(row["statusReason"], row),
  }));
  const plans = [];
  for (const [index, planId] of planIds.entries()) {
    const { planType, rule, liveSubscriptionIds, ambiguousSubscriptionIds } =
      (await deployment.call("plans:get", { planId })) as JsonObject;
    const changes = (await deployment.call("plans:changes", { planId })) as JsonObject[];
    const versions = changes.map(({ version }) => version).toReversed();
    expect(versions, `plan ${index}`).toEqual(versions.map((_, place) => place + 1));
    plans.push({ planType, rule, liveSubscriptionIds, ambiguousSubscriptionIds });
  }
  const { run, ...sure } = (await deployment.call("reconcile:status")) as JsonObject & {
    run: JsonObject;
  };
  const replay = (await deployment.call("inbox:replayProgress")) as JsonObject;
  return {
    ledger: ledger.map((row) => JSON.stringify(row)).toSorted(),
    plans,
    reconcile: pick(run, ["state", "seen", "new", "applied", "failed"]),
    lagSeconds: sure["lagSeconds"],
    replay: pick(replay, ["state", "replayed", "failed", "skipped"]),
    unlinked: await deployment.call("probe:unlinked"),
  };
}

/** Observations have a new id each time. */
function named(text: unknown, { objectId }: JsonObject): unknown {
  return typeof text === "string" ? text.replace(/obs_\w+/, `observed ${objectId}`) : text;
}

function pick(row: JsonObject, fields: string[]): JsonObject {
  return Object.fromEntries(fields.map((field) => [field, row[field]]));
}

function professional(planId: string, id: string, status = "active"): JsonObject {
  const item = subscriptionItem({
    id: "si",
    price: price({ id: "price", product: "prod", lookup_key: "professional_monthly" }),
  });
  const owned = { metadata: { planId }, customer: null, latest_invoice: null };
  return subscription({ id, status, items: listOf([item]), ...owned });
}

async function liveThrough(diesAtCommit: number) {
  const stripe = await startStripeServer();
  setStripeApi(stripe.url);
  const deployment = new Deployment(diesAtCommit);
  try {
    const ended = await history(stripe, deployment);
    return { ended, restarts: deployment.restarts };
  } finally {
    await deployment.close();
    await stripe.close();
  }
}

/** Commits of the undisturbed history, about; how many go together differs a little from run to run. */
const MIN_COMMITS = 40;

test("D6 R8 a crash before any commit of ingest, retry, replay, reconcile and reads loses nothing and does nothing twice", async () => {
  const undisturbed = await liveThrough(Number.POSITIVE_INFINITY);
  expect(undisturbed).toMatchObject({
    restarts: 0,
    ended: {
      plans: Array.from({ length: 3 }, () => ({
        planType: "professional",
        ambiguousSubscriptionIds: [],
      })),
      reconcile: { state: "done", seen: 5, new: 5, applied: 5, failed: 0 },
      lagSeconds: 0,
      replay: { state: "done", replayed: 14, failed: 0, skipped: 0 },
      unlinked: 0,
    },
  });
  let crashes = 0;
  for (let commit = 1; ; commit++) {
    const { ended, restarts } = await liveThrough(commit);
    expect(ended, `a crash before commit ${commit}`).toEqual(undisturbed.ended);
    if (restarts === 0) {
      break;
    }
    crashes++;
  }
  expect(crashes).toBeGreaterThan(MIN_COMMITS);
}, 60_000);
