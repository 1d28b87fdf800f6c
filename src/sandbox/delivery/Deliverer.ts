import type { Transact } from "../api/createApi.ts";
import { SANDBOX_LIMITS } from "../limits.ts";
import type { SandboxPorts } from "../ports.ts";
import type { Store } from "../state/Store.ts";
import type { World } from "../state/World.ts";
import type { Delivery, DeliveryAttempt } from "./Delivery.ts";
import { RETRY_SECONDS } from "./schedule.ts";
import { signatureHeader } from "./signatureHeader.ts";

const FOREIGN_SECRET = "whsec_ofSomebodyElse0123456789abcdef";

/**
 * Sends deliveries that are due, several at once and in no promised order, as Stripe does. Any 2xx is
 * success; everything else, redirects included, is tried again after {@link RETRY_SECONDS}.
 *
 * Guarantees: what was to be sent before a restart is sent after it. An answer that arrives while the
 * process ends may be lost, and then the delivery comes again.
 */
export class Deliverer {
  readonly #ports: SandboxPorts;
  readonly #store: Store;
  readonly #world: World;
  readonly #transact: Transact;
  readonly #underWay = new Map<string, Promise<void>>();
  /** When the first of a group that is to be reordered came, in wall clock milliseconds. */
  readonly #heldSinceMs = new Map<string, number>();
  readonly #aborts = new Set<AbortController>();
  #cancelTimer: () => void = () => undefined;
  #isClosed = false;

  constructor(ports: SandboxPorts, store: Store, world: World, transact: Transact) {
    this.#ports = ports;
    this.#store = store;
    this.#world = world;
    this.#transact = transact;
  }

  /**
   * Starts what is due and there is room for; sets the timer for what is due later. Does nothing while a
   * transaction is open, whose events may still be undone: whoever ends it wakes the deliverer.
   */
  wake(): void {
    if (this.#store.isChanging) {
      return;
    }
    this.#cancelTimer();
    if (this.#isClosed) {
      return;
    }
    const { due, nextMs } = this.#plan();
    for (const delivery of due) {
      if (this.#underWay.size >= SANDBOX_LIMITS.concurrentDeliveries) {
        return;
      }
      this.#start(delivery);
    }
    if (nextMs !== null) {
      this.#cancelTimer = this.#ports.timer.after(nextMs, () => this.wake());
    }
  }

  /** Resolves when nothing is due any more, or after `timeoutMs`. Says whether nothing is. */
  async settled(timeoutMs: number): Promise<boolean> {
    return this.#until(() => this.#underWay.size === 0 && !this.#isAnyDue(), timeoutMs);
  }

  /** Resolves when every delivery of these events was tried once, or after `timeoutMs`. */
  async triedOnce(eventIds: readonly string[], timeoutMs: number): Promise<boolean> {
    const isUntried = ({ event, attempts, status }: Delivery) =>
      eventIds.includes(event) && attempts.length === 0 && status === "waiting";
    return this.#until(() => !this.#store.all("deliveries").some(isUntried), timeoutMs);
  }

  /** Stops sending. What is under way is broken off and comes again after a restart. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    for (const abort of this.#aborts) {
      abort.abort();
    }
    await Promise.all(this.#underWay.values());
  }

  async #until(isDone: () => boolean, timeoutMs: number): Promise<boolean> {
    let isLate = false;
    let stop: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      stop = this.#ports.timer.after(timeoutMs, () => {
        isLate = true;
        resolve();
      });
    });
    while (!isDone() && !isLate && !this.#isClosed) {
      this.wake();
      await Promise.race([late, this.#oneEnds()]);
    }
    stop();
    return isDone();
  }

  /** The end of any attempt that is under way, or a moment later when something is held back. */
  #oneEnds(): Promise<void> {
    return this.#underWay.size > 0
      ? Promise.race(this.#underWay.values())
      : this.#pause(HELD_CHECK_MS);
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#ports.timer.after(delayMs, resolve);
    });
  }

  #isAnyDue(): boolean {
    const nowMs = this.#world.nowMs();
    return this.#store.all("deliveries").some((delivery) => isDueAt(delivery, nowMs));
  }

  /** What can start now, in order, and how long until something else can. */
  #plan(): { due: Delivery[]; nextMs: number | null } {
    const nowMs = this.#world.nowMs();
    const waiting = this.#store
      .all("deliveries")
      .filter(({ id, status }) => status === "waiting" && !this.#underWay.has(id));
    const due = waiting.filter((delivery) => isDueAt(delivery, nowMs));
    const held = new Set(due.filter((delivery) => this.#isHeld(delivery, waiting)));
    const laterMs = waiting
      .filter((delivery) => !isDueAt(delivery, nowMs))
      .map(({ dueMs }) => (dueMs ?? nowMs) - nowMs);
    const delays = held.size > 0 ? [...laterMs, HELD_CHECK_MS] : laterMs;
    return {
      due: reordered(due.filter((delivery) => !held.has(delivery))),
      nextMs: delays.length === 0 ? null : Math.min(...delays),
    };
  }

  /** One of a group that is to arrive in reverse waits for the others, though not for ever. */
  #isHeld(delivery: Delivery, waiting: readonly Delivery[]): boolean {
    const { fault, attempts } = delivery;
    if (fault?.kind !== "reorder" || attempts.length > 0) {
      return false;
    }
    const group = waiting.filter(
      (other) => other.fault?.id === fault.id && other.attempts.length === 0,
    );
    const nowMs = this.#ports.clock.nowMs();
    const sinceMs = this.#heldSinceMs.get(fault.id) ?? nowMs;
    this.#heldSinceMs.set(fault.id, sinceMs);
    const isReleased = nowMs - sinceMs >= SANDBOX_LIMITS.reorderWaitMs;
    const isComplete =
      this.#store.all("deliveries").filter((other) => other.fault?.id === fault.id).length >=
      fault.count;
    // One after another, the last one first.
    const isUnderWay = [...this.#underWay.keys()].some(
      (id) => this.#store.get("deliveries", id)?.fault?.id === fault.id,
    );
    return (!isComplete && !isReleased) || isUnderWay || group.at(-1)?.id !== delivery.id;
  }

  #start(delivery: Delivery): void {
    const run = this.#attempt(delivery)
      // The outcome could not be stored, so the delivery comes again; not at once, though.
      .catch(() => this.#pause(STORE_FAILED_PAUSE_MS))
      .then(() => {
        this.#underWay.delete(delivery.id);
        this.wake();
      });
    this.#underWay.set(delivery.id, run);
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const endpoint = this.#store.get("webhookEndpoints", delivery.endpoint);
    const secrets = this.#store.get("endpointSecrets", delivery.endpoint);
    const event = this.#store.get("events", delivery.event);
    const atMs = this.#ports.clock.nowMs();
    if (endpoint?.status !== "enabled" || secrets === undefined || event === undefined) {
      const error = event === undefined ? "the event is no longer kept" : "no such endpoint";
      await this.#record(delivery.id, { atMs, status: null, error }, true);
      return;
    }
    const body = JSON.stringify(event, null, 2);
    const isForeign = delivery.fault?.kind === "wrong_secret" && delivery.attempts.length === 0;
    const signature = signatureHeader(
      body,
      isForeign ? { ...secrets, current: FOREIGN_SECRET, former: null } : secrets,
      {
        timestampSeconds: Math.max(1, Math.floor(atMs / 1_000)),
        sandboxSeconds: this.#world.nowSeconds(),
      },
    );
    const outcome = await this.#send(endpoint.url, body, signature);
    if (!this.#isClosed) {
      await this.#record(delivery.id, { atMs, ...outcome }, false);
    }
  }

  async #send(
    url: string,
    body: string,
    signature: string,
  ): Promise<Omit<DeliveryAttempt, "atMs">> {
    const abort = new AbortController();
    this.#aborts.add(abort);
    const cancel = this.#ports.timer.after(SANDBOX_LIMITS.deliveryTimeoutMs, () => abort.abort());
    try {
      const response = await this.#ports.fetch(url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json; charset=utf-8",
          "Stripe-Signature": signature,
          "User-Agent": "Stripe/1.0 (Tollgate sandbox)",
        },
        body,
        redirect: "manual",
        signal: abort.signal,
      });
      await response.body?.cancel();
      return { status: response.status, error: null };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { status: null, error: abort.signal.aborted ? "timed out" : text };
    } finally {
      cancel();
      this.#aborts.delete(abort);
    }
  }

  #record(id: string, attempt: DeliveryAttempt, isHopeless: boolean): Promise<void> {
    return this.#transact((world) => {
      const delivery = world.store.get("deliveries", id);
      if (delivery === undefined) {
        return;
      }
      const attempts = [...delivery.attempts, attempt];
      const isDelivered = attempt.status !== null && attempt.status >= 200 && attempt.status < 300;
      const retrySeconds =
        isHopeless || delivery.isExtra ? undefined : RETRY_SECONDS[attempts.length - 1];
      const isWaiting = !isDelivered && retrySeconds !== undefined;
      world.store.replace("deliveries", {
        ...delivery,
        attempts,
        status: isDelivered ? "delivered" : isWaiting ? "waiting" : "failed",
        dueMs: isWaiting ? world.nowMs() + retrySeconds * 1_000 : null,
      });
      const event = world.store.get("events", delivery.event);
      if (isDelivered && !delivery.isExtra && event !== undefined) {
        const pending = Math.max(0, event.pending_webhooks - 1);
        world.store.replace("events", { ...event, pending_webhooks: pending });
      }
    });
  }
}

const HELD_CHECK_MS = 20;
const STORE_FAILED_PAUSE_MS = 1_000;

function isDueAt({ status, dueMs }: Delivery, nowMs: number): boolean {
  return status === "waiting" && dueMs !== null && dueMs <= nowMs;
}

/** Those that are to arrive in reverse go last, so that nothing overtakes within their group. */
function reordered(due: readonly Delivery[]): Delivery[] {
  const isReversed = ({ fault }: Delivery) => fault?.kind === "reorder";
  return [...due.filter((delivery) => !isReversed(delivery)), ...due.filter(isReversed)];
}
