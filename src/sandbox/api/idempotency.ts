import { SANDBOX_LIMITS } from "../limits.ts";
import { invalidRequest, StripeError } from "../StripeError.ts";
import type { IdempotentAnswer } from "../state/tables.ts";
import type { World } from "../state/World.ts";

/**
 * The first answer to a request with this idempotency key, or undefined when it is new.
 *
 * @throws StripeError `idempotency_error` when the key was used for another request
 */
export function formerAnswer(
  world: World,
  key: string,
  request: string,
): IdempotentAnswer | undefined {
  if (key.length > SANDBOX_LIMITS.idempotencyKeyLength) {
    throw invalidRequest(
      `Idempotency keys have at most ${SANDBOX_LIMITS.idempotencyKeyLength} characters.`,
    );
  }
  const former = world.store.get("idempotentAnswers", key);
  const oldestSeconds = world.nowSeconds() - SANDBOX_LIMITS.idempotencySeconds;
  if (former === undefined || former.createdSeconds < oldestSeconds) {
    return undefined;
  }
  if (former.request !== request) {
    throw new StripeError(
      "idempotency_error",
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    );
  }
  return former;
}

/** Keeps an answer for its key; the oldest ones make room. */
export function keepAnswer(
  world: World,
  key: string,
  request: string,
  answer: { status: number; body: string },
): void {
  if (world.store.get("idempotentAnswers", key) !== undefined) {
    world.store.remove("idempotentAnswers", key);
  }
  if (world.store.count("idempotentAnswers") >= SANDBOX_LIMITS.idempotencyKeys) {
    const [oldest] = world.store.all("idempotentAnswers");
    world.store.remove("idempotentAnswers", oldest?.id ?? key);
  }
  world.store.insert("idempotentAnswers", {
    id: key,
    request,
    createdSeconds: world.nowSeconds(),
    ...answer,
  });
}
