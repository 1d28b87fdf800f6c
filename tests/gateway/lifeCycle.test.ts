import fc from "fast-check";
import { expect, test } from "vitest";
import { deliveryOf, type JsonObject } from "../fixtures/stripe.ts";
import { decide } from "../model/expectPlan.ts";
import { factsOf, foldBatches } from "../model/lifeCycle/foldEvents.ts";
import { PLAN_PLACEHOLDER } from "../model/lifeCycle/Journal.ts";
import {
  type LifeCycle,
  lifeCycleSeconds,
  lifeCycles,
  liveThrough,
} from "../model/lifeCycle/lifeCycles.ts";
import { seededRandom, shuffled } from "../model/lifeCycle/random.ts";
import {
  type GatewayProcess,
  ledgerOf,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";

const HISTORIES = 200;
const MAX_STEPS = 14;
const SEED = 20_261_124;
const CONCURRENT_DELIVERIES = 8;
const TIMEOUT_MS = 180_000;

test(
  `O1 O2 ${HISTORIES} life cycles through HTTP, shuffled and with concurrent duplicates, end as the facts say`,
  async () => {
    const gateway = await startGatewayProcess(await temporaryDirectory());
    const sample = fc.sample(lifeCycles(MAX_STEPS), { numRuns: HISTORIES, seed: SEED });
    const histories = [];
    for (const [index, lifeCycle] of sample.entries()) {
      const planId = (await gateway.run("plans:open", { ownerId: `owner ${index}` })) as string;
      histories.push({ planId, events: eventsUntilNow(lifeCycle, `h${index}`, planId) });
    }
    const events = histories.flatMap((history) => history.events);
    const random = seededRandom(SEED);
    await deliverAll(gateway, shuffled(events, random));
    await deliverAll(gateway, shuffled(events, random).slice(0, events.length / 4));
    const planTypes = new Set<unknown>();
    for (const { planId, events: told } of histories) {
      const nowSeconds = Math.floor(Date.now() / 1_000);
      const { changesAtSeconds, ...decision } = decide(foldBatches([factsOf(told)]), nowSeconds);
      const changesAtMs = changesAtSeconds === null ? null : changesAtSeconds * 1_000;
      const plan = (await gateway.run("plans:get", { planId })) as JsonObject;
      expect(plan).toMatchObject({ ...decision, changesAtMs });
      planTypes.add(plan["planType"]);
    }
    const ledger = await ledgerOf(gateway);
    expect(ledger).toHaveLength(events.length);
    // A customer that is deleted before buying anything belongs to no plan.
    const notApplied = ledger.filter(({ status }) => status !== "applied");
    expect(new Set(notApplied.map(({ status, type }) => `${status} ${type}`))).toEqual(
      new Set(["unlinked customer.deleted"]),
    );
    expect(planTypes.size).toBe(3);
    await gateway.kill();
  },
  TIMEOUT_MS,
);

/** A life cycle that ends now, with every object naming the plan. */
function eventsUntilNow(lifeCycle: LifeCycle, name: string, planId: string): JsonObject[] {
  const startSeconds = Math.floor(Date.now() / 1_000) - lifeCycleSeconds(lifeCycle);
  const { events } = liveThrough(lifeCycle, { name, startSeconds });
  return JSON.parse(JSON.stringify(events).replaceAll(`"${PLAN_PLACEHOLDER}"`, `"${planId}"`));
}

/** Each event twice at the same time, several events at once. */
async function deliverAll(gateway: GatewayProcess, events: readonly JsonObject[]): Promise<void> {
  for (let start = 0; start < events.length; start += CONCURRENT_DELIVERIES) {
    const together = events.slice(start, start + CONCURRENT_DELIVERIES);
    const answers = await Promise.all(
      [...together, ...together].map((event) =>
        gateway.deliver(deliveryOf(event, { timestampSeconds: Math.floor(Date.now() / 1_000) })),
      ),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      await answer.body?.cancel();
    }
  }
}
