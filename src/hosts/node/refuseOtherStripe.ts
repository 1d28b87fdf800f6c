import { existsSync } from "node:fs";
import { type Engine, INSIDER } from "../../engine/Engine.ts";
import type { Config } from "./config.ts";
import type { DataDirectory } from "./dataDirectory.ts";
import { sandboxHoldsPlans } from "./sandbox/sandboxHoldsPlans.ts";

/**
 * `data_of_other_stripe`: what the data directory holds was paid for at another Stripe (the sandbox, test mode
 * or live mode) than the one that is configured. Plans know no mode: they would count here too.
 */
export class OtherStripeError extends Error {
  readonly code = "data_of_other_stripe";
  override readonly name = "OtherStripeError";

  constructor(what: string) {
    super(`${what}: name another directory in TOLLGATE_DATA (data_of_other_stripe)`);
  }
}

const STRIPE_ITSELF = "https://api.stripe.com";

/**
 * A data directory is the sandbox's from its first start, or never.
 *
 * @returns whether there is a sandbox now
 * @throws OtherStripeError before anything is written
 */
export function mayHaveSandbox(config: Config, data: DataDirectory, databaseFile: string): boolean {
  const heldOne = sandboxHoldsPlans(data);
  const isReal =
    config.stripeMode === "live" ||
    config.stripeSecretKey !== null ||
    config.stripeApiUrl !== STRIPE_ITSELF ||
    (config.signingSecrets !== null && config.sandbox === null);
  if (heldOne && isReal) {
    throw new OtherStripeError(
      `${data.path} holds plans that a sandbox was paid for, and real Stripe is configured`,
    );
  }
  const isBegun = existsSync(databaseFile);
  if (!heldOne && isBegun && config.sandbox?.isAsked === true) {
    throw new OtherStripeError(`${data.path} was begun without a sandbox, and gets none`);
  }
  return config.sandbox !== null && (heldOne || !isBegun);
}

/** @throws OtherStripeError when events of another account were applied to plans */
export async function refuseOtherAccount(data: DataDirectory, engine: Engine): Promise<void> {
  const answer = await engine.call("health:otherAccountHeld", "any", {}, INSIDER);
  const account = JSON.parse(answer.valueText) as string | null;
  if (account !== null) {
    const name = account === "" ? "the account of the endpoint" : account;
    throw new OtherStripeError(
      `${data.path} holds plans that were paid for at ${name}, and STRIPE_ACCOUNT says another`,
    );
  }
}

/** @throws OtherStripeError when events of the other mode were applied to plans */
export async function refuseOtherMode(
  { stripeMode }: Config,
  data: DataDirectory,
  engine: Engine,
): Promise<void> {
  const answer = await engine.call("health:modesHeld", "any", {}, INSIDER);
  const modes = JSON.parse(answer.valueText) as string[];
  const other = modes.find((mode) => mode !== stripeMode);
  if (other !== undefined) {
    throw new OtherStripeError(
      `${data.path} holds plans that were paid for in ${other} mode, and this is ${stripeMode} mode`,
    );
  }
}
