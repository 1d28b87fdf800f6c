import { setTimeout as delay } from "node:timers/promises";
import { Engine, INSIDER } from "../../src/engine/Engine.ts";
import { StoreError } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { FIXTURE_SECONDS, invoice, type JsonObject } from "../../tests/fixtures/stripe.ts";
import { deliverTo, internalFunctions } from "../../tests/support/internalFunctions.ts";
import { auditOf, historyOf } from "../../tests/support/ledgers.ts";
import { setDateNow } from "../../tests/support/manualDate.ts";
import { manualTime } from "../../tests/support/manualTime.ts";
import { testPorts } from "../../tests/support/testEngine.ts";
import {
  type ChosenCall,
  FaultySqlStore,
  ProcessGoneError,
  STALL_MS,
} from "../support/FaultySqlStore.ts";
import type { LivedThrough, StoreHistory } from "./StoreHistory.ts";

const { crons: _, ...functions } = internalFunctions;
const modules = new Map(Object.entries(functions).map(([name, module]) => [`${name}.js`, module]));

/** Whoever gets no answer within this long, of real time, waits for ever. */
const PATIENCE_MS = 10_000;
const MAX_TRIES = 5;
const START_MS = (FIXTURE_SECONDS + 24 * 3_600) * 1_000;
/** Finished jobs are removed after seven. */
const EIGHT_DAYS_MS = 8 * 24 * 3_600 * 1_000;
/** The answers that say: not now, and nothing was stored. */
const REFUSALS = new Set(["unavailable", "StoreUnavailable"]);

/** @param hasBatches false as on a Durable Object */
export function gatewayHistory(hasBatches: boolean): StoreHistory {
  let usual: string | null = null;
  return {
    name: hasBatches ? "a gateway" : "a gateway without batches",
    live: async (chosen): Promise<LivedThrough> => {
      const gateway = new MortalGateway(chosen, hasBatches);
      setDateNow(gateway.nowMs);
      try {
        const outcome = JSON.stringify(await history(gateway));
        usual ??= outcome;
        if (outcome !== usual) {
          gateway.flaws.push(`it ended in ${outcome} and not in ${usual}`);
        }
      } catch (error) {
        gateway.flaws.push(String(error));
      } finally {
        setDateNow(null);
      }
      const { calls, hasFailed, flaws } = gateway;
      return { calls, hasFailed, flaws };
    },
  };
}

/** Purchases, renewals, a refund, a dispute, what waits for its link, a replay, and days that pass. */
async function history(gateway: MortalGateway): Promise<unknown> {
  const ann = String(await gateway.call("plans:open", { ownerId: "ann" }));
  const bob = String(await gateway.call("plans:open", { ownerId: "bob" }));
  const linked = invoice({ id: "in_linked", customer: "cus_nobody", metadata: { planId: ann } });
  const events = historyOf(ann, bob);
  const late = events[0] as JsonObject;
  const subscribed = (late["data"] as { object: JsonObject }).object;
  events.push({
    ...late,
    id: "evt_link",
    data: { object: { ...subscribed, id: "sub_nobody", customer: "cus_nobody" } },
  });
  events.push({ ...late, id: "evt_invoice", type: "invoice.paid", data: { object: linked } });
  for (const event of events) {
    await gateway.deliver(event);
  }
  await gateway.pass(70_000);
  await gateway.call("inbox:replay");
  await gateway.pass(EIGHT_DAYS_MS);
  for (const sweep of ["inbox:sweep", "plans:sweep"]) {
    await gateway.call(sweep);
    await gateway.pass(1_000);
  }
  await gateway.call("_system/cli/tableSize", { tableName: "events" }).catch(() => undefined);
  return await gateway.outcome(events, [ann, bob]);
}

/** A gateway on a store that fails once, and the one that is started on the same store when it is gone. */
class MortalGateway {
  readonly flaws: string[] = [];
  readonly calls: Map<string, number>;
  readonly #store = openMemoryStore();
  readonly #first: FaultySqlStore;
  readonly #acknowledged: string[] = [];
  #time = manualTime(START_MS);
  #stalledMs = 0;
  #faulty: FaultySqlStore;
  #engine: Engine | null = null;

  constructor(chosen: Omit<ChosenCall, "onStall"> | null, hasBatches: boolean) {
    const onStall = () => {
      this.#stalledMs += STALL_MS;
    };
    this.#first = new FaultySqlStore(this.#store, chosen && { ...chosen, onStall }, hasBatches);
    this.#faulty = this.#first;
    this.calls = this.#first.calls;
  }

  get hasFailed(): boolean {
    return this.#first.hasFailed;
  }

  nowMs = (): number => this.#time.clock.nowMs() + this.#stalledMs;

  async call(path: string, args: object = {}): Promise<unknown> {
    return await this.#insist(async (engine) =>
      JSON.parse((await engine.call(path, "any", args as never, INSIDER)).valueText),
    );
  }

  async deliver(event: JsonObject): Promise<void> {
    await this.#insist(async (engine) => {
      const response = await deliverTo({ engine } as never, event);
      const { code } = (await response.json()) as { code?: string };
      if (response.status === 503 && REFUSALS.has(String(code))) {
        throw new StoreError(`answered with ${code}`);
      }
      if (response.status !== 200) {
        this.flaws.push(`a delivery was answered with ${response.status} ${code}`);
      }
    });
    this.#acknowledged.push(String(event["id"]));
  }

  async pass(ms: number): Promise<void> {
    await this.#insist(async (engine) => {
      await engine.scheduler.runDue();
      await this.#time.advance(ms);
      await engine.scheduler.runDue();
    });
  }

  /** What a process that is started anew on the store finds. */
  async outcome(events: readonly JsonObject[], planIds: readonly string[]): Promise<unknown> {
    await this.#leave();
    this.#faulty = new FaultySqlStore(this.#store, null);
    const paginationOpts = { numItems: 500, cursor: null };
    const { page } = (await this.call("events:list", { paginationOpts })) as { page: JsonObject[] };
    const ids = page.map(({ stripeEventId }) => String(stripeEventId));
    for (const id of this.#acknowledged) {
      const times = ids.filter((each) => each === id).length;
      if (times !== 1) {
        this.flaws.push(`${id} was acknowledged and is in the ledger ${times} times`);
      }
    }
    const { findings } = await auditOf({ call: (path, args) => this.call(path, args) });
    this.flaws.push(...findings.map((finding) => `audit: ${JSON.stringify(finding)}`));
    const plans = [];
    for (const planId of planIds) {
      const { planType, rule } = (await this.call("plans:get", { planId })) as JsonObject;
      plans.push({ planType, rule });
    }
    const statuses = events.map(
      ({ id }) => page.find(({ stripeEventId }) => stripeEventId === id)?.["status"],
    );
    await this.#leave();
    return { statuses, plans };
  }

  /** Tries until it works, on the next process when this one is gone, as Stripe and supervisors do. */
  async #insist<T>(act: (engine: Engine) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#raced(act);
      } catch (error) {
        await this.#afterFailure(error, tries);
      }
    }
  }

  async #raced<T>(act: (engine: Engine) => Promise<T>): Promise<T> {
    const acting = (async () => act(await this.#running()))();
    acting.catch(() => undefined);
    const patience = new AbortController();
    const late = delay(PATIENCE_MS, null, { signal: patience.signal }).then(
      () => {
        throw new Error("there was no answer");
      },
      () => new Promise<never>(() => undefined),
    );
    const gone = this.#faulty.gone.then(() => {
      throw new StoreError("the process is gone");
    });
    try {
      return await Promise.race([acting, late, gone]);
    } finally {
      patience.abort();
    }
  }

  /** @throws what failed when it is not one of the answers that a failing store may cause */
  async #afterFailure(error: unknown, tries: number): Promise<void> {
    // A function that waited for the store for too long says so itself.
    const isNamed =
      error instanceof StoreError || error instanceof ProcessGoneError || this.#stalledMs > 0;
    if (!isNamed || tries === MAX_TRIES) {
      throw error;
    }
    if (this.#faulty.isGone) {
      this.#time = manualTime(this.#time.clock.nowMs());
      this.#engine = null;
      this.#faulty = new FaultySqlStore(this.#store, null);
      // What the process had open is gone with it.
      this.#store.batch.rollback();
    }
    this.#faulty.makeRoom();
  }

  async #running(): Promise<Engine> {
    if (this.#engine === null) {
      const { timer } = this.#time;
      const engine = new Engine({
        ...testPorts(),
        store: this.#faulty,
        modules,
        clock: { nowMs: this.nowMs },
        timer,
        stopwatch: { elapsedMs: () => this.#stalledMs, busyMs: () => 0 },
      });
      await engine.start();
      this.#engine = engine;
    }
    return this.#engine;
  }

  async #leave(): Promise<void> {
    await this.#engine?.close();
    this.#engine = null;
  }
}
