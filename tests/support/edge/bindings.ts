import { TEST_SIGNING_SECRET } from "../../fixtures/stripe.ts";
import { TEST_ADMIN_KEY } from "../gatewayProcess.ts";

/** Everything that a Worker needs. */
export const EDGE_BINDINGS = {
  STRIPE_WEBHOOK_SECRET: TEST_SIGNING_SECRET,
  TOLLGATE_ADMIN_KEY: TEST_ADMIN_KEY,
};
