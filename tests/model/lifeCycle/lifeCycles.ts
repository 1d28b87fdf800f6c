import fc from "fast-check";
import type { JsonObject } from "../../fixtures/stripe.ts";
import { seededRandom } from "./random.ts";
import { StripeWorld } from "./StripeWorld.ts";
import { type AccountSettings, DAY_SECONDS } from "./SubscriptionLife.ts";

/** A legal life cycle as a recipe; {@link liveThrough} makes it happen. */
export interface LifeCycle {
  seed: number;
  settings: AccountSettings;
  steps: { waitSeconds: number; which: number; choice: number }[];
}

/**
 * Up to `maxSteps` things that customers, banks and the merchant do, about half of them within the second
 * of the one before; between them Stripe does what it does by itself.
 */
export function lifeCycles(maxSteps: number): fc.Arbitrary<LifeCycle> {
  return fc.record({
    seed: fc.nat(),
    settings: fc.record({
      afterRetries: fc.constantFrom("canceled", "unpaid", "past_due", "paused"),
      trialWithoutCard: fc.constantFrom("paused", "canceled", "active"),
    }),
    steps: fc.array(
      fc.record({
        waitSeconds: fc.constantFrom(...WAITS_SECONDS),
        which: fc.nat({ max: 719 }),
        choice: fc.nat({ max: 119 }),
      }),
      { minLength: 1, maxLength: maxSteps, size: "max" },
    ),
  });
}

/** Odd numbers, so that no sum of them meets a limit of the policy by chance. */
const WAITS_SECONDS = [
  ...Array.from({ length: 14 }, () => 0),
  1,
  1,
  2,
  61,
  3_671,
  DAY_SECONDS + 13,
  3 * DAY_SECONDS + 67,
  8 * DAY_SECONDS + 133,
  31 * DAY_SECONDS + 171,
];

export interface LivedThrough {
  world: StripeWorld;
  /** In the order in which they happened. */
  events: readonly JsonObject[];
  /** What a read of each subscription shows now. */
  reads: JsonObject[];
}

/** Seconds between the last event and the reads. */
export const READ_AFTER_SECONDS = 7;

/** @param name tells the ids of this history from those of others */
export function liveThrough(
  { seed, settings, steps }: LifeCycle,
  { name = "1", startSeconds = 1_700_000_000 }: { name?: string; startSeconds?: number } = {},
): LivedThrough {
  const world = new StripeWorld(name, startSeconds, settings, seededRandom(seed));
  for (const { waitSeconds, which, choice } of steps) {
    world.pass(waitSeconds);
    world.act(which, choice);
  }
  world.pass(READ_AFTER_SECONDS);
  return {
    world,
    events: world.journal.events,
    reads: world.subscriptions.map((subscription) => subscription.shape()),
  };
}

/** How long a life cycle takes. */
export function lifeCycleSeconds(lifeCycle: LifeCycle): number {
  return liveThrough(lifeCycle, { startSeconds: 0 }).world.journal.nowSeconds;
}
