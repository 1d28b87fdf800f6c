import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { deliveryOf, type JsonObject } from "../tests/fixtures/stripe.ts";
import { type Random, seededRandom } from "../tests/model/lifeCycle/random.ts";
import { auditOf } from "../tests/support/ledgers.ts";
import { type GatewayProcess, ledgerOf, spawnGateway } from "../tests/support/spawnGateway.ts";
import type { Fault, FaultOptions, FaultResult } from "./Fault.ts";
import { type Sold, sell } from "./support/sold.ts";

const ROUNDS = 200;
const SHORT_ROUNDS = 2;

/** A ledger is audited as a whole each time, so it is begun anew after so many rounds. */
const ROUNDS_PER_LEDGER = 10;

const PLANS = 8;
const SENDERS = 8;

/** The kill comes at any moment from the first delivery to here. */
const MAX_LIFE_MS = 400;

/** One round in this many, the next process is killed while it starts, too. */
const KILLED_AT_START_IN = 4;
const MAX_START_MS = 600;

/**
 * Kills a real process with SIGKILL while eight senders deliver, starts it again on the same files, delivers
 * again what was not answered, and looks: every acknowledged event is in the ledger, none is there twice,
 * every plan is what the newest event of its subscription says, and the audit finds nothing.
 *
 * Not shown by it: what a machine loses that loses power. The disk's cache outlives a process.
 */
export const kill: Fault = {
  name: "kill",
  what: "kill -9 at random moments under load",
  run: async ({ isShort, seed, onProgress }: FaultOptions): Promise<FaultResult> => {
    const rounds = isShort ? SHORT_ROUNDS : ROUNDS;
    const random = seededRandom(seed);
    const tally: Tally = { acknowledged: 0, unanswered: 0, killedAtStart: 0, broken: [] };
    for (let done = 0; done < rounds; done += ROUNDS_PER_LEDGER) {
      const directory = await mkdtemp(join(tmpdir(), "tollgate-kill-"));
      try {
        const together = Math.min(ROUNDS_PER_LEDGER, rounds - done);
        await killOneLedger(directory, random, together, tally, (round) =>
          onProgress(done + round, rounds),
        );
      } finally {
        await rm(directory, { recursive: true });
      }
    }
    const { broken, ...figures } = tally;
    return { figures: { rounds, ...figures }, broken };
  },
};

interface Tally {
  acknowledged: number;
  /** Deliveries that were under way when the process was killed. */
  unanswered: number;
  killedAtStart: number;
  broken: string[];
}

async function killOneLedger(
  directory: string,
  random: Random,
  rounds: number,
  tally: Tally,
  onRound: (round: number) => void,
): Promise<void> {
  const acknowledged = new Set<string>();
  const plans: Sold[] = [];
  let gateway = await spawnGateway(directory);
  try {
    const now = Math.floor(Date.now() / 1_000);
    for (let place = 0; place < PLANS; place++) {
      const planId = await gateway.run("plans:open", { ownerId: `owner ${place}` });
      plans.push(sell(String(planId), now - 24 * 3_600 + place));
    }
    for (let round = 1; round <= rounds; round++) {
      const delivering = deliverUntilKilled(gateway, plans, acknowledged);
      await delay(random.below(MAX_LIFE_MS));
      await gateway.kill();
      const unanswered = await delivering;
      tally.unanswered += unanswered.length;
      tally.killedAtStart += await killWhileStarting(directory, random);
      gateway = await spawnGateway(directory);
      for (const event of unanswered) {
        await deliver(gateway, event);
        acknowledged.add(String(event["id"]));
      }
      tally.broken.push(...(await flawsOf(gateway, plans, acknowledged)));
      onRound(round);
    }
    tally.acknowledged += acknowledged.size;
  } finally {
    await gateway.kill();
  }
}

/** @returns what got no answer; two events about one plan are never under way together */
async function deliverUntilKilled(
  gateway: GatewayProcess,
  plans: readonly Sold[],
  acknowledged: Set<string>,
): Promise<JsonObject[]> {
  const send = async (sender: number): Promise<JsonObject> => {
    for (let turn = sender; ; turn += SENDERS) {
      const event = (plans[turn % plans.length] as Sold).next();
      try {
        await deliver(gateway, event);
      } catch (error) {
        if (error instanceof TypeError) {
          return event;
        }
        throw error;
      }
      acknowledged.add(String(event["id"]));
    }
  };
  return await Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
}

/** @throws TypeError as `fetch` when there was no answer; Error for any but 200 */
async function deliver(gateway: GatewayProcess, event: JsonObject): Promise<void> {
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const response = await gateway.deliver(deliveryOf(event, { timestampSeconds }));
  await response.text();
  if (response.status !== 200) {
    throw new Error(`a delivery was answered with ${response.status}`);
  }
}

async function killWhileStarting(directory: string, random: Random): Promise<number> {
  if (random.below(KILLED_AT_START_IN) !== 0) {
    return 0;
  }
  const starting = spawnGateway(directory, {}, [], AbortSignal.timeout(random.below(MAX_START_MS)));
  return await starting.then(
    async (gateway) => {
      await gateway.kill();
      return 0;
    },
    () => 1,
  );
}

async function flawsOf(
  gateway: GatewayProcess,
  plans: readonly Sold[],
  acknowledged: ReadonlySet<string>,
): Promise<string[]> {
  const ids = (await ledgerOf(gateway)).map(({ stripeEventId }) => stripeEventId);
  const inLedger = new Set(ids);
  const flaws = [...acknowledged]
    .filter((id) => !inLedger.has(id))
    .map((id) => `${id} was acknowledged and is lost`);
  if (inLedger.size < ids.length) {
    flaws.push(`${ids.length - inLedger.size} events are in the ledger twice`);
  }
  for (const plan of plans) {
    const { planType } = (await gateway.run("plans:get", { planId: plan.planId })) as JsonObject;
    if (planType !== plan.expectedPlanType()) {
      flaws.push(`plan ${plan.planId} is ${planType} and not ${plan.expectedPlanType()}`);
    }
  }
  const { findings } = await auditOf({ call: gateway.run });
  return [...flaws, ...findings.map((finding) => `audit: ${JSON.stringify(finding)}`)];
}
