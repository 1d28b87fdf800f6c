import { type Delivery, readDelivery, verifiedEventOf } from "../../routes/webhook/delivery.ts";
import { refusals } from "../../routes/webhook/refusals.ts";
import { parseSigningSecrets } from "../../stripe/signingSecrets.ts";
import { TOLERANCE_SECONDS } from "../../stripe/verify.ts";
import { type Bindings, bindingProblems, misconfigured } from "./Bindings.ts";
import { HeldDeliveries } from "./HeldDeliveries.ts";
import { ObjectSqlStore } from "./ObjectSqlStore.ts";
import { workerClock, workerFetch, workerLog } from "./ports.ts";

/** How long Convex may take for one delivery. */
const FORWARD_TIMEOUT_MS = 10_000;

/** Waits between rounds while Convex is away double from the first to the last. */
const FIRST_WAIT_MS = 1_000;
const LAST_WAIT_MS = 30_000;

/** Convex checks the signature's age, too: a delivery is given up this long before it would be refused. */
const EXPIRY_MARGIN_MS = 5_000;

/**
 * Hands deliveries on to a Convex deployment, body and signature untouched; Convex verifies again.
 *
 * Guarantees: 2xx only after Convex said so. When Convex is away the answer is 503, so Stripe delivers
 * again, with a new signature and for days; meanwhile the delivery is held here and tried again for as
 * long as its own signature holds, so that the plan follows as soon as Convex is back and not at Stripe's
 * next attempt, which may be hours away. What reaches Convex twice is a duplicate there.
 */
export class RelayObject {
  readonly #state: ObjectState;
  readonly #bindings: Bindings;
  readonly #held: HeldDeliveries;
  #waitMs = FIRST_WAIT_MS;

  constructor(state: ObjectState, bindings: Bindings) {
    this.#state = state;
    this.#bindings = bindings;
    this.#held = new HeldDeliveries(new ObjectSqlStore(state.storage));
  }

  async fetch(request: Request): Promise<Response> {
    const problems = bindingProblems(this.#bindings);
    if (problems.length > 0) {
      return misconfigured(problems);
    }
    const delivery = await readDelivery(request);
    if (delivery === null || delivery === "too_large") {
      return Response.json(refusals.signature_not_verified, { status: 400 });
    }
    const answer = await this.#forward(delivery);
    if (answer !== null) {
      return answer;
    }
    await this.#hold(delivery);
    return Response.json(refusals.unavailable, { status: 503, headers: { "Retry-After": "60" } });
  }

  /** Tries what is held, the oldest first, until Convex is away again. */
  async alarm(): Promise<void> {
    this.#held.forgetExpired(workerClock.nowMs());
    for (let next = this.#held.oldest(); next !== null; next = this.#held.oldest()) {
      if ((await this.#forward(next)) === null) {
        this.#waitMs = Math.min(2 * this.#waitMs, LAST_WAIT_MS);
        await this.#state.storage.setAlarm(workerClock.nowMs() + this.#waitMs);
        return;
      }
      this.#held.forget(next.eventId);
    }
    this.#waitMs = FIRST_WAIT_MS;
  }

  /** @returns null when Convex is away; what it refuses for good is an answer, too */
  async #forward({ body, signatureHeader }: Delivery): Promise<Response | null> {
    try {
      const answer = await workerFetch(`${this.#bindings["CONVEX_SITE_URL"]}/stripe/webhook`, {
        method: "POST",
        headers: { "content-type": "application/json", "stripe-signature": signatureHeader },
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(FORWARD_TIMEOUT_MS),
      });
      const text = await answer.text();
      return isFinal(answer.status)
        ? new Response(text, { status: answer.status, headers: JSON_TYPE })
        : null;
    } catch (error) {
      workerLog.error("convex_unreachable", { error: error instanceof Error ? error.name : "" });
      return null;
    }
  }

  async #hold(delivery: Delivery): Promise<void> {
    const { verified } = verifiedEventOf(delivery, {
      secrets: parseSigningSecrets(this.#bindings["STRIPE_WEBHOOK_SECRET"] ?? ""),
      nowMs: workerClock.nowMs(),
    });
    const { signatureTimestampSeconds } = verified.evidence;
    const expiresMs = (signatureTimestampSeconds + TOLERANCE_SECONDS) * 1_000 - EXPIRY_MARGIN_MS;
    if (this.#held.hold({ ...delivery, eventId: verified.event.id, expiresMs })) {
      await this.#state.storage.setAlarm(workerClock.nowMs() + this.#waitMs);
    }
  }
}

const JSON_TYPE = { "content-type": "application/json" };

/** Taken, or refused for good. Anything else may be otherwise a moment later. */
function isFinal(status: number): boolean {
  return (
    (status >= 200 && status < 300) || (status >= 400 && status < 500 && !PASSING.includes(status))
  );
}

/** Request Timeout, Too Early, Too Many Requests; and what says that no deployment is there at the moment. */
const PASSING = [404, 408, 425, 429];
