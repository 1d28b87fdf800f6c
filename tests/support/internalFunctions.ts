import { join } from "node:path";
import { loadFunctions } from "../../src/hosts/loadFunctions.ts";
import { deliveryOf, type JsonObject, TEST_SIGNING_SECRET } from "../fixtures/stripe.ts";
import type { TestEngine } from "./testEngine.ts";

/** Tollgate's own functions, for engines in this process. */
export const internalFunctions: Record<string, Record<string, unknown>> = Object.fromEntries(
  [...(await loadFunctions(join(import.meta.dirname, "../../src/internal")))].map(
    ([name, namespace]) => [name.replace(/\.js$/, ""), { ...namespace }],
  ),
);

process.env["STRIPE_WEBHOOK_SECRET"] = TEST_SIGNING_SECRET;

/** Sends a truly signed delivery through the routes of an engine. */
export async function deliverTo({ engine }: TestEngine, event: JsonObject): Promise<Response> {
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const { body, signatureHeader } = deliveryOf(event, { timestampSeconds });
  const request = new Request("http://localhost/stripe/webhook", {
    method: "POST",
    headers: { "stripe-signature": signatureHeader },
    body,
  });
  return await engine.handleHttp(request, null);
}
