import { setDateNow } from "./manualDate.ts";
import { openSchedulerEngine, type SchedulerEngine } from "./schedulerEngine.ts";
import { setStripeApi } from "./stripeKey.ts";
import { type StripeServer, startStripeServer } from "./stripeServer.ts";

/** A gateway in this process that reads a stand-in of Stripe's API, both on one clock that the test moves. */
export interface GatewayWithStripe {
  stripe: StripeServer;
  gateway: SchedulerEngine;
  /** Also puts the process's own clock and key back. */
  close(): Promise<void>;
}

export async function openGatewayWithStripe(
  modules: Record<string, Record<string, unknown>>,
): Promise<GatewayWithStripe> {
  const stripe = await startStripeServer();
  setStripeApi(stripe.url);
  const gateway = openSchedulerEngine(modules);
  stripe.nowMs = gateway.time.clock.nowMs;
  setDateNow(gateway.time.clock.nowMs);
  return {
    stripe,
    gateway,
    close: async () => {
      setStripeApi(null);
      setDateNow(null);
      await gateway.engine.close();
      await stripe.close();
    },
  };
}
